mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  name = "prices-prod-subjects"
}

run "remembers_nothing_that_was_destroyed" {
  command = plan

  assert {
    condition     = !one(aws_dynamodb_table.this.point_in_time_recovery).enabled && !aws_dynamodb_table.this.stream_enabled && length(aws_dynamodb_table.this.replica) == 0
    error_message = "Backup, stream and replica bring back whom somebody asked to forget."
  }

  assert {
    condition     = aws_dynamodb_table.this.deletion_protection_enabled && one(aws_dynamodb_table.this.server_side_encryption).kms_key_arn == aws_kms_key.this.arn
    error_message = "The table must be protected and encrypted with its own key."
  }

  assert {
    condition     = output.parameter == "subjects=prices-prod-subjects"
    error_message = "The ledger's URL must name the table."
  }
}

run "remembers_for_as_long_as_it_was_told" {
  command = plan

  variables {
    recovery_days = 7
    dr_region     = "eu-central-1"
    dr_key_arn    = "arn:aws:kms:eu-central-1:111122223333:key/mrk-00000000000000000000000000000000"
  }

  assert {
    condition     = one(aws_dynamodb_table.this.point_in_time_recovery).recovery_period_in_days == 7 && one(aws_dynamodb_table.this.replica).region_name == "eu-central-1" && aws_dynamodb_table.this.stream_enabled
    error_message = "Days and replica must be those that were said."
  }

  assert {
    condition     = keys(output.replica_keys) == ["salts"] && keys(output.replica_tables) == ["prices-prod-subjects"]
    error_message = "A replica needs the key there."
  }
}

run "refuses_to_remember_for_longer_than_the_law_gives" {
  command = plan

  variables {
    recovery_days = 35
  }

  expect_failures = [var.recovery_days]
}

run "refuses_what_is_no_name_region_or_count" {
  command = plan

  variables {
    name             = "Salts"
    dr_region        = "elsewhere"
    erasures_an_hour = -1
  }

  expect_failures = [var.name, var.dr_region, var.erasures_an_hour]
}
