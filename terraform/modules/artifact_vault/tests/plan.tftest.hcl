mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  name        = "prices-releases"
  retain_days = 2192
  writers     = ["arn:aws:iam::111122223333:role/prices-release"]
  origin      = "example.org/prices"
}

run "locks_everything" {
  command = plan

  assert {
    condition     = one(one(aws_s3_bucket_object_lock_configuration.vault.rule).default_retention).mode == "COMPLIANCE"
    error_message = "In governance mode an administrator can remove a release."
  }

  assert {
    condition     = one(one(aws_s3_bucket_object_lock_configuration.vault.rule).default_retention).days == 2192
    error_message = "A release must be locked for as long as the release policy says."
  }
}

run "never_removes_a_release_by_itself" {
  command = plan

  assert {
    condition     = alltrue([for rule in aws_s3_bucket_lifecycle_configuration.vault.rule : length(rule.expiration) == 0])
    error_message = "A rule that expires objects would empty the graveyard."
  }
}

run "signs_with_a_key_that_checks_signatures_elsewhere" {
  command = plan

  assert {
    condition     = aws_kms_key.signer[0].key_usage == "SIGN_VERIFY" && aws_kms_key.signer[0].customer_master_key_spec == "ECC_NIST_P256"
    error_message = "The signing key must be one that `affidavit release` can verify."
  }

  assert {
    condition     = startswith(output.signer_url, "kms://") && endswith(output.signer_url, "?name=example.org/prices&region=eu-west-1")
    error_message = "signer_url must be what the release policy takes."
  }

  assert {
    condition     = output.vault_url == "s3://prices-releases?region=eu-west-1"
    error_message = "vault_url must be what the release policy takes."
  }
}

run "the_second_region_signs_nothing" {
  command = plan

  variables {
    origin = null
  }

  assert {
    condition     = length(aws_kms_key.signer) == 0 && output.signer_url == null
    error_message = "A second signing key would be a second truth."
  }
}

run "refuses_a_name_that_is_no_bucket" {
  command = plan

  variables {
    name = "Prices_Releases"
  }

  expect_failures = [var.name]
}

run "refuses_no_lock" {
  command = plan

  variables {
    retain_days = 0
  }

  expect_failures = [var.retain_days]
}

run "refuses_everybody_as_a_writer" {
  command = plan

  variables {
    writers = ["arn:aws:iam::111122223333:role/*"]
  }

  expect_failures = [var.writers]
}

run "refuses_nobody_as_a_writer" {
  command = plan

  variables {
    writers = []
  }

  expect_failures = [var.writers]
}

run "refuses_an_account_that_is_none" {
  command = plan

  variables {
    reader_accounts = ["*"]
  }

  expect_failures = [var.reader_accounts]
}

run "refuses_an_origin_with_spaces" {
  command = plan

  variables {
    origin = "our prices"
  }

  expect_failures = [var.origin]
}
