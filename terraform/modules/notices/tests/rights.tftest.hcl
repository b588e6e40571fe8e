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
  mail = {
    sender      = "noreply@example.org"
    bucket      = "example-mail"
    prefix      = "prices/mail"
    version     = "2026-01"
    kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/mail"
    domains     = ["example.org"]
  }
  bus = "prices"
}

run "may_send_from_one_address_read_one_version_and_use_one_bus" {
  command = plan

  assert {
    condition = { for one in jsondecode(output.policy).Statement : one.Action => one.Resource } == {
      "ses:SendEmail"    = "arn:aws:ses:eu-west-1:111122223333:identity/example.org"
      "s3:GetObject"     = "arn:aws:s3:::example-mail/prices/mail/2026-01/*"
      "s3:ListBucket"    = "arn:aws:s3:::example-mail"
      "kms:Decrypt"      = "arn:aws:kms:eu-west-1:111122223333:key/mail"
      "events:PutEvents" = "arn:aws:events:eu-west-1:111122223333:event-bus/prices"
    }
    error_message = "There are other rights than those that notices need."
  }

  assert {
    condition = { for one in jsondecode(output.policy).Statement : one.Action => one.Condition.StringEquals if can(one.Condition.StringEquals) } == {
      "ses:SendEmail"    = { "ses:FromAddress" = "noreply@example.org" }
      "kms:Decrypt"      = { "kms:ViaService" = "s3.eu-west-1.amazonaws.com" }
      "events:PutEvents" = { "events:source" = "affidavit" }
    }
    error_message = "Each right is for one sender, one service, one source."
  }
}

run "needs_no_mail_to_announce" {
  command = plan

  variables {
    mail = null
  }

  assert {
    condition     = [for one in jsondecode(output.policy).Statement : one.Action] == ["events:PutEvents"]
    error_message = "Who only announces may not send mail."
  }
}

run "may_use_a_verified_address_instead_of_a_domain" {
  command = plan

  variables {
    mail = {
      sender   = "noreply@example.org"
      identity = "noreply@example.org"
      bucket   = "example-mail"
      prefix   = "mail"
      version  = "1"
      domains  = ["example.org"]
    }
    bus = null
  }

  assert {
    condition     = toset([for one in jsondecode(output.policy).Statement : one.Resource]) == toset(["arn:aws:ses:eu-west-1:111122223333:identity/noreply@example.org", "arn:aws:s3:::example-mail/mail/1/*", "arn:aws:s3:::example-mail"])
    error_message = "The identity is the one that was named."
  }
}
