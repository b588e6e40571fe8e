mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  name        = "prices-prod-lake"
  auditors    = ["arn:aws:iam::111122223333:role/audit-staff"]
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-00000000000000000000000000000000"
}

run "holds_whatever_a_client_says" {
  command = plan

  assert {
    condition     = aws_athena_workgroup.this.configuration[0].enforce_workgroup_configuration
    error_message = "A client must not choose where answers lie and how they are encrypted."
  }

  assert {
    condition     = aws_athena_workgroup.this.configuration[0].bytes_scanned_cutoff_per_query == 100000000000
    error_message = "A question that reads too much is cancelled."
  }

  assert {
    condition     = aws_athena_workgroup.this.configuration[0].result_configuration[0].encryption_configuration[0].encryption_option == "SSE_KMS" && aws_athena_workgroup.this.configuration[0].result_configuration[0].encryption_configuration[0].kms_key_arn == var.kms_key_arn
    error_message = "Answers are encrypted with the ledger's key."
  }
}

run "finds_months_by_their_name" {
  command = plan

  variables {
    first_month = "2024-05"
  }

  assert {
    condition     = aws_glue_catalog_table.records.parameters["projection.month.range"] == "2024-05,NOW+1MONTHS" && endswith(aws_glue_catalog_table.records.parameters["storage.location.template"], "/copy/month=$${month}/")
    error_message = "The folders are those that affidavit archive compact writes."
  }

  assert {
    condition     = [for key in aws_glue_catalog_table.records.partition_keys : key.name] == ["month"] && !contains([for column in aws_glue_catalog_table.records.storage_descriptor[0].columns : column.name], "month")
    error_message = "A partition key is no column of the file."
  }
}

run "asks_what_the_reports_ask" {
  command = plan

  assert {
    condition     = length(aws_athena_named_query.this) == length(local.lake.questions) && alltrue([for name, one in aws_athena_named_query.this : one.query == local.lake.questions[name].sql])
    error_message = "Each question of affidavit report is a saved query, word by word."
  }
}

run "makes_no_role_for_nobody" {
  command = plan

  variables {
    auditors = []
  }

  assert {
    condition     = length(aws_iam_role.auditor) == 0 && output.auditor_role_arn == null
    error_message = "A role that nobody may assume is no role."
  }
}

run "refuses_a_name_that_no_bucket_can_have" {
  command = plan

  variables {
    name = "Prices_Lake"
  }

  expect_failures = [var.name]
}

run "refuses_everybody" {
  command = plan

  variables {
    auditors = ["*"]
  }

  expect_failures = [var.auditors]
}

run "refuses_a_month_that_is_none" {
  command = plan

  variables {
    first_month = "2024-13"
  }

  expect_failures = [var.first_month]
}

run "refuses_questions_without_a_limit" {
  command = plan

  variables {
    scan_limit_gb = 0
  }

  expect_failures = [var.scan_limit_gb]
}

run "refuses_answers_for_ever" {
  command = plan

  variables {
    answer_days = 0
  }

  expect_failures = [var.answer_days]
}
