mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  name        = "prices-prod-archive"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-00000000000000000000000000000000"
  lock_days   = 2192
}

run "never_removes_evidence_by_itself" {
  command = plan

  assert {
    condition     = alltrue([for rule in aws_s3_bucket_lifecycle_configuration.this.rule : length(rule.expiration) == 0])
    error_message = "A lifecycle rule that expires objects would remove evidence."
  }
}

run "refuses_no_lock" {
  command = plan

  variables {
    lock_days = 0
  }

  expect_failures = [var.lock_days]
}

run "refuses_to_unlock_everything" {
  command = plan

  variables {
    unlocked_prefix = ""
  }

  expect_failures = [var.unlocked_prefix]
}

run "refuses_a_name_that_is_no_bucket" {
  command = plan

  variables {
    name = "Prices_Archive"
  }

  expect_failures = [var.name]
}

run "refuses_writers_that_are_anybody" {
  command = plan

  variables {
    writers = ["arn:aws:iam::111122223333:role/*"]
  }

  expect_failures = [var.writers]
}
