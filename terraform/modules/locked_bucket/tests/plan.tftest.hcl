mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  name        = "prices-prod-archive"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-00000000000000000000000000000000"
  lock_days   = 2192
}

run "locks_encrypts_and_keeps_versions" {
  command = plan

  assert {
    condition     = aws_s3_bucket.this.object_lock_enabled
    error_message = "Without Object Lock an object can be removed early."
  }

  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "Without versions a new object replaces the old one."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).kms_master_key_id == var.kms_key_arn
    error_message = "Objects must be encrypted with the given key."
  }
}

run "is_closed_to_the_public" {
  command = plan

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls,
      aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls,
      aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "Every kind of public access must be blocked."
  }
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
