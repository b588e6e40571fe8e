# The real provider writes the policy; nothing is asked over the network.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "111122223333" }
}

variables {
  name        = "prices-prod-lake"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/lake"
}

run "an_auditor_reads_and_does_nothing_else" {
  command = plan

  assert {
    condition = toset([
      for action in flatten([for one in jsondecode(output.auditor_policy).Statement : one.Action]) : action
      if !can(regex("^(athena|glue|s3):(Get|List|BatchGet)", action))
      ]) == toset([
      "athena:StartQueryExecution", "athena:StopQueryExecution", "kms:Decrypt", "kms:GenerateDataKey",
      "s3:AbortMultipartUpload", "s3:PutObject",
    ])
    error_message = "There are other rights than to ask and to read."
  }

  assert {
    condition = [for one in jsondecode(output.auditor_policy).Statement : [one.Resource, one.Condition] if contains(flatten([one.Action]), "s3:PutObject")] == [[
      "arn:aws:s3:::prices-prod-lake-111122223333-eu-west-1/answers/*",
      { "ForAnyValue:StringEquals" = { "aws:CalledVia" = "athena.amazonaws.com" } },
    ]]
    error_message = "Only Athena writes, and only answers."
  }
}

run "who_brings_the_copy_cannot_ask" {
  command = plan

  assert {
    condition     = length([for action in flatten([for one in jsondecode(output.copier_policy).Statement : one.Action]) : action if can(regex("^(athena|glue):", action))]) == 0
    error_message = "Bringing the copy and asking it are two rights."
  }
}
