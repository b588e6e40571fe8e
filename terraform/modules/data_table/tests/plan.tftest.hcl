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
    condition     = aws_dynamodb_table.this[0].deletion_protection_enabled && one(aws_dynamodb_table.this[0].point_in_time_recovery).recovery_period_in_days == 35
    error_message = "The table must refuse to be deleted, and be restorable."
  }

  assert {
    condition     = one(aws_dynamodb_table.this[0].server_side_encryption).kms_key_arn == var.kms_key_arn
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

run "has_a_replica_if_asked" {
  command = plan

  variables {
    dr = { region = "eu-central-1", kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/mrk-00000000000000000000000000000000" }
  }

  assert {
    condition     = one(aws_dynamodb_table.this[0].replica).region_name == "eu-central-1" && one(aws_dynamodb_table.this[0].replica).point_in_time_recovery && aws_dynamodb_table.this[0].stream_enabled
    error_message = "The other region must have the items, too."
  }
}

run "makes_nothing_where_the_replica_is" {
  command = plan

  variables {
    made_elsewhere = true
  }

  assert {
    condition     = length(aws_dynamodb_table.this) == 0 && output.name == var.name
    error_message = "The replica has the name of its original, and is there already."
  }
}

run "refuses_a_replica_of_a_replica" {
  command = plan

  variables {
    made_elsewhere = true
    dr             = { region = "eu-central-1", kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/mrk-00000000000000000000000000000000" }
  }

  expect_failures = [var.dr]
}
