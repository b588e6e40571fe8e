# The real provider writes the policy; nothing is asked over the network.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  name        = "prices-prod-archive"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-00000000000000000000000000000000"
  lock_days   = 2192
}

run "evidence_without_a_lock_is_refused" {
  command = plan

  assert {
    condition = length([
      for statement in jsondecode(output.policy).Statement : statement
      if statement.Sid == "EvidenceComesLocked" && statement.Effect == "Deny" &&
      try(statement.Condition, {}) == { StringNotEquals = { "s3:object-lock-mode" = "COMPLIANCE" } } &&
      try(statement.NotResource, "") == "arn:aws:s3:::prices-prod-archive/log/work/*"
    ]) == 1
    error_message = "A put without a compliance lock must be denied outside the notes."
  }

  assert {
    condition = length([
      for statement in jsondecode(output.policy).Statement : statement
      if statement.Sid == "LockedForLongEnough" && statement.Effect == "Deny" &&
      try(statement.Condition, {}) == { NumericLessThan = { "s3:object-lock-remaining-retention-days" = "2191" } }
    ]) == 1
    error_message = "A lock that is shorter than the policy's days must be denied."
  }
}

run "nobody_is_allowed_anything" {
  command = plan

  assert {
    condition     = alltrue([for statement in jsondecode(output.policy).Statement : statement.Effect == "Deny"])
    error_message = "A bucket's policy that allows would go past the roles."
  }

  assert {
    condition = length([
      for statement in jsondecode(output.policy).Statement : statement
      if try(statement.Condition, {}) == { Bool = { "aws:SecureTransport" = "false" } }
    ]) == 1
    error_message = "Requests without TLS must be denied."
  }
}
