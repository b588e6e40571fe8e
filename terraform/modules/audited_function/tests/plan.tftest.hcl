mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  name = "prices-prod-price"
  artifact = {
    bucket         = "example-vault"
    key            = "price.zip"
    object_version = "3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrH"
    sha256_base64  = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
  }
  handler            = "price_fetcher.handler.handler"
  kms_key_arn        = "arn:aws:kms:eu-west-1:111122223333:key/mrk-00000000000000000000000000000000"
  log_retention_days = 400

  settings = {
    AFFIDAVIT_POLICY      = "hipaa"
    AFFIDAVIT_LEDGER      = "dynamodb://records?key=alias/chain&tokens=alias/tokens"
    AFFIDAVIT_ENVIRONMENT = "prod"
  }
}

run "is_careful_unless_told_otherwise" {
  command = plan

  assert {
    condition     = one(aws_lambda_function.this.tracing_config).mode == "Active"
    error_message = "Invocations are traced."
  }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == 10
    error_message = "Concurrency has a limit."
  }

  assert {
    condition     = one(aws_lambda_function.this.dead_letter_config).target_arn == aws_sqs_queue.dead.arn
    error_message = "What cannot be handled is set aside."
  }

  assert {
    condition     = aws_lambda_function.this.kms_key_arn == var.kms_key_arn && aws_cloudwatch_log_group.this.kms_key_id == var.kms_key_arn && aws_sqs_queue.dead.kms_master_key_id == var.kms_key_arn
    error_message = "Variables, logs and dead letters are encrypted."
  }

  assert {
    condition     = aws_lambda_function.this.publish && one(aws_lambda_alias.live).name == "live"
    error_message = "Event sources call an alias of a version."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == 400 && aws_cloudwatch_log_group.this.name == "/aws/lambda/prices-prod-price"
    error_message = "The log group is Lambda's, with the policy's days."
  }

  assert {
    condition     = length(aws_lambda_function.this.snap_start) == 0 && length(aws_lambda_function.this.vpc_config) == 0
    error_message = "Neither SnapStart nor a network unless asked for."
  }
}

run "masks_in_the_log_what_redaction_might_miss" {
  command = plan

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_cloudwatch_log_data_protection_policy.this.policy_document).Statement :
      contains(statement.DataIdentifier, "arn:aws:dataprotection::aws:data-identifier/Ssn-US") && contains(statement.DataIdentifier, "arn:aws:dataprotection::aws:data-identifier/CreditCardNumber")
    ])
    error_message = "Social security and card numbers are masked."
  }
}

run "runs_exactly_the_version_that_was_named" {
  command = plan

  assert {
    condition     = aws_lambda_function.this.s3_object_version == "3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrH" && aws_lambda_function.this.source_code_hash == "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
    error_message = "Version and hash must reach Lambda."
  }
}

run "joins_a_network_and_starts_from_a_snapshot_if_asked" {
  command = plan

  variables {
    compute = { runtime = "python3.13", snap_start = true }
    network = { subnet_ids = ["subnet-00000001"], security_group_ids = ["sg-00000001"] }
  }

  assert {
    condition     = one(aws_lambda_function.this.vpc_config).subnet_ids == toset(["subnet-00000001"]) && one(aws_lambda_function.this.snap_start).apply_on == "PublishedVersions"
    error_message = "It must do as it was asked."
  }
}

run "leaves_the_alias_to_releases_if_there_are_canaries" {
  command = plan

  variables {
    canary = { weight = 0.29, minutes = 15 }
  }

  assert {
    condition     = length(aws_lambda_alias.live) == 0 && one(aws_lambda_alias.released).name == "live" && output.alias.qualifier == "live"
    error_message = "It is the same alias for whoever calls it."
  }

  assert {
    condition     = aws_lambda_function.this.tags == tomap({ CanaryPercent = "29", CanaryMinutes = "15" })
    error_message = "The release command must find share and minutes."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["canary"].evaluation_periods == 15 && aws_cloudwatch_metric_alarm.this["canary"].datapoints_to_alarm == 1 && aws_cloudwatch_metric_alarm.this["canary"].dimensions["Resource"] == "prices-prod-price:live"
    error_message = "One bad minute must be seen for as long as a canary is watched."
  }
}

run "takes_a_role_that_is_there_and_gives_it_nothing" {
  command = plan

  variables {
    rights  = { role_arn = "arn:aws:iam::111122223333:role/platform/prices" }
    compute = { reserved_concurrency = -1 }
    tags    = { CostCenter = "4711" }
  }

  assert {
    condition     = length(aws_iam_role.this) == 0 && length(aws_iam_policy.this) == 0 && aws_lambda_function.this.role == "arn:aws:iam::111122223333:role/platform/prices" && output.reserved_concurrency == -1 && output.role_name == "prices"
    error_message = "Somebody else's role stays as it is."
  }

  assert {
    condition     = aws_sqs_queue.dead.tags["CostCenter"] == "4711" && aws_lambda_function.this.tags["CostCenter"] == "4711"
    error_message = "Tags reach what is made."
  }
}

run "stays_within_a_boundary" {
  command = plan

  variables {
    rights = { boundary = "arn:aws:iam::111122223333:policy/boundary" }
  }

  assert {
    condition     = aws_iam_role.this[0].permissions_boundary == "arn:aws:iam::111122223333:policy/boundary"
    error_message = "The role has the boundary."
  }
}

run "refuses_a_boundary_for_a_role_that_is_there" {
  command = plan

  variables {
    rights = { role_arn = "arn:aws:iam::111122223333:role/prices", boundary = "arn:aws:iam::111122223333:policy/boundary" }
  }

  expect_failures = [var.rights]
}

run "refuses_a_canary_of_everything" {
  command = plan

  variables {
    canary = { weight = 1 }
  }

  expect_failures = [var.canary]
}

run "refuses_a_canary_that_is_watched_for_two_days" {
  command = plan

  variables {
    canary = { minutes = 2880 }
  }

  expect_failures = [var.canary]
}

run "refuses_an_object_that_can_be_overwritten" {
  command = plan

  variables {
    artifact = { bucket = "example-vault", key = "price.zip" }
  }

  expect_failures = [var.artifact]
}

run "refuses_an_artifact_that_is_not_there" {
  command = plan

  variables {
    artifact = { path = "no/such.zip" }
  }

  expect_failures = [var.artifact]
}

run "refuses_days_that_cloudwatch_does_not_know" {
  command = plan

  variables {
    log_retention_days = 100
  }

  expect_failures = [var.log_retention_days]
}

run "refuses_settings_without_a_ledger" {
  command = plan

  variables {
    settings = { AFFIDAVIT_POLICY = "hipaa" }
  }

  expect_failures = [var.settings]
}

run "refuses_no_limit_and_an_old_python" {
  command = plan

  variables {
    name    = "x"
    handler = "handler"
    compute = { runtime = "python3.9", reserved_concurrency = 0, timeout_seconds = 1000, architecture = "arm" }
  }

  expect_failures = [var.name, var.handler, var.compute]
}

run "refuses_a_snapshot_of_an_old_python" {
  command = plan

  variables {
    compute = { runtime = "python3.11", snap_start = true }
  }

  expect_failures = [var.compute]
}
