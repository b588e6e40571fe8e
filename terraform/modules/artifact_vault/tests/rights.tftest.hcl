# The real provider writes the policies; nothing is asked over the network.
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

override_resource {
  target = aws_kms_key.vault
  values = { arn = "arn:aws:kms:eu-west-1:111122223333:key/encrypts", key_id = "encrypts" }
}

override_resource {
  target = aws_kms_key.signer
  values = { arn = "arn:aws:kms:eu-west-1:111122223333:key/signs", key_id = "signs" }
}

# Nothing is made: who may do what is known once the keys have their names.
override_module {
  target = module.bucket
  outputs = {
    name             = "prices-releases"
    arn              = "arn:aws:s3:::prices-releases"
    planned_arn      = "arn:aws:s3:::prices-releases"
    transport_policy = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
  }
}

override_resource {
  target = aws_s3_bucket_object_lock_configuration.vault
}

override_resource {
  target = aws_s3_bucket_lifecycle_configuration.vault
}

override_resource {
  target = aws_s3_bucket_policy.vault
}

override_resource {
  target = aws_kms_alias.vault
}

override_resource {
  target = aws_kms_alias.signer
}

variables {
  name            = "prices-releases"
  retain_days     = 2192
  writers         = ["arn:aws:iam::111122223333:role/prices-release"]
  reader_accounts = ["444455556666"]
  origin          = "example.org/prices"
}

run "a_version_is_written_once_and_by_writers_only" {
  command = apply

  assert {
    condition = length([
      for statement in jsondecode(output.bucket_policy).Statement : statement
      if statement.Sid == "AVersionIsWrittenOnce" && statement.Effect == "Deny" && statement.Action == "s3:PutObject" &&
      try(statement.Condition, {}) == { Null = { "s3:if-none-match" = "true" } }
    ]) == 1
    error_message = "A put that does not say If-None-Match must be denied to everybody."
  }

  assert {
    condition = length([
      for statement in jsondecode(output.bucket_policy).Statement : statement
      if statement.Sid == "OnlyWritersWrite" && statement.Effect == "Deny" && contains(flatten([statement.Action]), "s3:PutObject") &&
      try(statement.Condition, {}) == { ArnNotEquals = { "aws:PrincipalArn" = "arn:aws:iam::111122223333:role/prices-release" } }
    ]) == 1
    error_message = "Writes of everybody but the writers must be denied: so the role of DEV cannot overwrite."
  }

  assert {
    condition = length([
      for statement in jsondecode(output.bucket_policy).Statement : statement
      if statement.Sid == "NothingIsRemoved" && statement.Effect == "Deny" &&
      length(setsubtract(["s3:DeleteObject", "s3:DeleteObjectVersion"], flatten([statement.Action]))) == 0 && !can(statement.Condition)
    ]) == 1
    error_message = "Nobody may remove a release, and there is no condition to that."
  }

  assert {
    condition = length([
      for statement in jsondecode(output.bucket_policy).Statement : statement
      if statement.Sid == "LockedForLongEnough" && statement.Effect == "Deny" &&
      try(statement.Condition, {}) == { NumericLessThan = { "s3:object-lock-remaining-retention-days" = "2191" } }
    ]) == 1
    error_message = "A lock that is shorter than the release policy says must be denied."
  }
}

run "other_accounts_read_and_nothing_else" {
  command = apply

  assert {
    condition = length(setsubtract(
      flatten([for statement in jsondecode(output.bucket_policy).Statement : statement.Action if statement.Effect == "Allow"]),
      ["s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging", "s3:ListBucket"],
    )) == 0
    error_message = "What the bucket allows other accounts must be reading."
  }
}

run "who_deploys_reads_and_nothing_else" {
  command = apply

  assert {
    condition = length(setsubtract(
      flatten([for statement in jsondecode(output.reader_policy).Statement : statement.Action]),
      ["kms:Decrypt", "s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging", "s3:ListBucket"],
    )) == 0
    error_message = "The role of PROD must not write, sign or delete."
  }
}

run "who_uploads_adds_and_signs_and_nothing_else" {
  command = apply

  assert {
    condition = length(setsubtract(
      flatten([for statement in jsondecode(output.writer_policy).Statement : statement.Action]),
      ["kms:Decrypt", "kms:GenerateDataKey", "kms:GetPublicKey", "kms:Sign", "s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:PutObjectRetention"],
    )) == 0
    error_message = "The role that uploads must not delete, and not change the bucket."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(output.writer_policy).Statement : !contains(flatten([statement.Resource]), "*")])
    error_message = "Rights must name what they are for."
  }
}
