mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  name        = "prices-dev"
  environment = { name = "dev", tests_may_write = true }
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-00000000000000000000000000000000"
  days        = { logs = 30 }

  artifact = {
    bucket         = "example-vault"
    key            = "harness.zip"
    object_version = "3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrH"
    sha256_base64  = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
  }

  settings = {
    AFFIDAVIT_POLICY      = "hipaa"
    AFFIDAVIT_LEDGER      = "dynamodb://records?key=alias/chain&tokens=alias/tokens"
    AFFIDAVIT_ENVIRONMENT = "dev"
  }

  resources = {
    tables  = ["arn:aws:dynamodb:eu-west-1:111122223333:table/prices"]
    buckets = ["arn:aws:s3:::example-prices"]
  }
}

run "keeps_data_out_of_history_and_log" {
  command = plan

  assert {
    condition     = one(aws_sfn_state_machine.this.logging_configuration).level == "ALL" && one(aws_sfn_state_machine.this.logging_configuration).include_execution_data == false
    error_message = "The log tells of every event, and holds no data."
  }

  assert {
    condition     = aws_sfn_state_machine.this.publish && aws_sfn_alias.live.name == "live"
    error_message = "Runs start on an alias of a version."
  }

  assert {
    condition     = startswith(aws_cloudwatch_log_group.machine.name, "/aws/vendedlogs/states/") && aws_cloudwatch_log_group.machine.kms_key_id == var.kms_key_arn
    error_message = "The log group has the prefix that delivery wants, and is encrypted."
  }
}

run "sweeps_after_bad_ends_and_every_hour" {
  command = plan

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.sweep["ended"].event_pattern).detail.status == ["FAILED", "TIMED_OUT", "ABORTED"]
    error_message = "Executions that end without a state of ours are swept."
  }

  assert {
    condition     = aws_cloudwatch_event_rule.sweep["hourly"].schedule_expression == "rate(1 hour)" && jsondecode(aws_cloudwatch_event_target.sweep["hourly"].input).op == "sweep"
    error_message = "Events may get lost; the hour does not."
  }

  assert {
    condition     = one(aws_dynamodb_table.undo.ttl).enabled && one(aws_dynamodb_table.undo.server_side_encryption).kms_key_arn == var.kms_key_arn
    error_message = "The table forgets by itself, and is encrypted."
  }
}

run "writes_end_at_test_data" {
  command = plan

  assert {
    condition = alltrue([
      for one in local.statements["write"] : one.own_keys if one.kind == "tables" && anytrue([for verb in one.actions : endswith(verb, "PutItem") || endswith(verb, "DeleteItem")])
    ])
    error_message = "Items are written under keys of test data only."
  }

  assert {
    condition = alltrue([
      for one in local.statements["write"] : one.resources == ["arn:aws:s3:::example-prices/itest-*"] if one.kind == "buckets" && contains(one.actions, "s3:PutObject")
    ])
    error_message = "Objects, too."
  }

  assert {
    condition     = length([for one in local.statements["write"] : one if one.kind == "functions" && length(one.resources) > 0]) == 0
    error_message = "No function may be called that was not named."
  }
}

run "what_nobody_says_may_write_is_read_only" {
  command = plan

  variables {
    name        = "prices-prod"
    environment = { name = "prod" }
  }

  assert {
    condition     = local.read_only && jsondecode(local.said).read_only
    error_message = "The function must know, and its role must be another one."
  }
}

run "refuses_a_wildcard_and_an_address" {
  command = plan

  variables {
    name        = "X"
    environment = { name = "Test" }
    days        = { logs = 30, reports = 1 }
    scenarios   = { hosts = ["169.254.169.254", "https://example.com/"] }
    resources   = { tables = ["arn:aws:dynamodb:*:*:table"], functions = ["*"] }
  }

  expect_failures = [var.name, var.environment, var.days, var.scenarios, var.resources]
}
