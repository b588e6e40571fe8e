mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  name        = "prices-prod-archive"
  origin      = "example.org/prices/prod"
  days        = { archive = 2192, logs = 400 }
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-00000000000000000000000000000000"

  feed = {
    stream_arn      = "arn:aws:dynamodb:eu-west-1:111122223333:table/mock/stream/2026-01-01T00:00:00.000"
    spill_url       = "https://sqs.eu-west-1.amazonaws.com/111122223333/spill"
    spill_arn       = "arn:aws:sqs:eu-west-1:111122223333:spill"
    sealer_policy   = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
    replayer_policy = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
    doctor_policy   = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
    salts_policies  = ["{\"Version\":\"2012-10-17\",\"Statement\":[]}"]
  }

  artifact = {
    bucket         = "example-vault"
    key            = "sealer.zip"
    object_version = "v1"
    sha256_base64  = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
  }

  settings = {
    AFFIDAVIT_POLICY      = "hipaa"
    AFFIDAVIT_LEDGER      = "dynamodb://records?key=alias/chain&tokens=alias/tokens"
    AFFIDAVIT_ENVIRONMENT = "prod"
    AFFIDAVIT_ARCHIVE     = "s3://prices-prod-archive/log"
    AFFIDAVIT_SIGNER      = "kms:///alias/signer?name=example.org/prices/prod"
    AFFIDAVIT_NAMESPACE   = "affidavit/prices-prod"
  }
}

run "misses_nothing_of_the_stream" {
  command = plan

  assert {
    condition     = aws_lambda_event_source_mapping.stream.starting_position == "TRIM_HORIZON"
    error_message = "The sealer starts at the oldest record."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.stream.bisect_batch_on_function_error && contains(aws_lambda_event_source_mapping.stream.function_response_types, "ReportBatchItemFailures")
    error_message = "One bad record must not hold the others back."
  }

  assert {
    condition     = one(one(aws_lambda_event_source_mapping.stream.destination_config).on_failure).destination_arn == module.sealer["stream"].dead_letters.arn
    error_message = "What cannot be sealed is set aside."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.stream.maximum_record_age_in_seconds < 86400
    error_message = "It must be set aside before the stream forgets it."
  }
}

run "signs_each_minute_one_at_a_time" {
  command = plan

  assert {
    condition     = aws_scheduler_schedule.this["checkpoint"].schedule_expression == "rate(1 minutes)"
    error_message = "Checkpoints are at most 60 seconds apart."
  }

  assert {
    condition     = local.functions.checkpoint.at_once == 1
    error_message = "A log has one newest checkpoint."
  }

  assert {
    condition     = aws_kms_key.signer.customer_master_key_spec == "ECC_NIST_P256" && aws_kms_key.signer.key_usage == "SIGN_VERIFY"
    error_message = "Checkpoints are signed with ECDSA on P-256."
  }
}

run "raises_an_alarm_for_a_change_a_stop_and_a_delay" {
  command = plan

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["table-changed"].metric_name == "TableAlarms" && aws_cloudwatch_metric_alarm.this["table-changed"].namespace == "affidavit/prices-prod"
    error_message = "MODIFY and REMOVE are an alarm."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["checkpoint-stale"].treat_missing_data == "breaching" && aws_cloudwatch_metric_alarm.this["checkpoint-stale"].period * aws_cloudwatch_metric_alarm.this["checkpoint-stale"].evaluation_periods == 120
    error_message = "No checkpoint for two minutes is an alarm, even if nothing is counted at all."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["drift"].treat_missing_data == "breaching" && aws_cloudwatch_metric_alarm.this["drift"].period == 86400 && aws_scheduler_schedule.this["doctor"].schedule_expression == "rate(1 days)"
    error_message = "Drift is an alarm, and so is a day without a look."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["behind"].metric_name == "IteratorAge"
    error_message = "A sealer that falls behind is an alarm."
  }
}

run "its_urls_are_those_that_the_plugin_reads" {
  command = plan

  assert {
    condition     = output.signer_url == "kms:///alias/prices-prod-archive-signer?name=example.org%2Fprices%2Fprod"
    error_message = "The signer's URL must be the one that docs/dynamodb.md describes."
  }
}

run "says_what_a_second_region_copies" {
  command = plan

  assert {
    condition     = output.replica_archive.lock_days == 2192 && output.replica_keys["signer"].alias == "alias/prices-prod-archive-signer"
    error_message = "The copy is locked as long, and checked with the same key."
  }
}

run "reserves_nothing_in_an_account_that_has_little" {
  command = plan

  variables {
    compute = { reserve_concurrency = false }
  }

  assert {
    condition     = alltrue([for one in values(module.sealer) : one.reserved_concurrency == -1])
    error_message = "An account with a quota of 10 has nothing to reserve."
  }
}

run "refuses_settings_without_archive_and_signer" {
  command = plan

  variables {
    settings = {
      AFFIDAVIT_POLICY      = "hipaa"
      AFFIDAVIT_LEDGER      = "dynamodb://records?key=alias/chain&tokens=alias/tokens"
      AFFIDAVIT_ENVIRONMENT = "prod"
    }
  }

  expect_failures = [var.settings]
}

run "refuses_a_name_and_an_origin_that_cannot_be" {
  command = plan

  variables {
    name   = "A"
    origin = "two words"
  }

  expect_failures = [var.name, var.origin]
}

run "replays_salts_and_lets_nobody_else_have_them" {
  command = plan

  assert {
    condition     = { for name, documents in local.rights : name => length(documents) } == { stream = 3, checkpoint = 4, replay = 2, doctor = 3 }
    error_message = "The replayer alone of the sealer's functions puts salts back."
  }
}
