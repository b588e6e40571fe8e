mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  name        = "prices-prod-settings"
  key         = "name"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-00000000000000000000000000000000"
}

run "is_protected_unless_told_otherwise" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.this.deletion_protection_enabled && one(aws_dynamodb_table.this.point_in_time_recovery).recovery_period_in_days == 35
    error_message = "The table must refuse to be deleted, and be restorable."
  }

  assert {
    condition     = one(aws_dynamodb_table.this.server_side_encryption).kms_key_arn == var.kms_key_arn
    error_message = "Items must be encrypted with the given key."
  }
}

run "refuses_what_dynamodb_or_the_source_would_not_take" {
  command = plan

  variables {
    name          = "S"
    key           = "Name"
    recovery_days = 0
  }

  expect_failures = [var.name, var.key, var.recovery_days]
}
