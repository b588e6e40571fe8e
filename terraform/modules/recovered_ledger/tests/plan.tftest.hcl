mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

override_data {
  target = data.aws_dynamodb_table.subjects[0]
  values = { name = "prices-prod-subjects", server_side_encryption = [{ enabled = true, kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/mrk-salts" }] }
}

variables {
  name = "prices-prod-records"
  replayer = {
    name     = "prices-prod-dr-replay"
    artifact = { bucket = "example-vault", key = "sealer.zip", object_version = "v1", sha256_base64 = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=" }
    settings = {
      AFFIDAVIT_POLICY      = "hipaa"
      AFFIDAVIT_LEDGER      = "dynamodb://records?key=alias/chain&tokens=alias/tokens"
      AFFIDAVIT_ENVIRONMENT = "prod"
    }
    log_retention_days = 400
  }
}

run "makes_nothing_that_holds_evidence" {
  command = plan

  assert {
    condition     = aws_sqs_queue.spill.message_retention_seconds == 1209600 && aws_sqs_queue.spill.kms_master_key_id == data.aws_kms_alias.this["store"].target_key_arn
    error_message = "The queue keeps what the replica did not take, encrypted, for as long as it can."
  }

  assert {
    condition     = startswith(output.ledger_url, "dynamodb://") && strcontains(output.ledger_url, "key=alias%2Fprices-prod-records-chain") && !strcontains(output.ledger_url, "subjects=")
    error_message = "The URL must name this region's replicas under the first one's names."
  }

  assert {
    condition     = output.replay == "prices-prod-dr-replay" && length(output.salts_policies) == 0
    error_message = "Only the replayer runs here, and without salts nobody may use them."
  }
}

run "finds_the_salts" {
  command = plan

  variables {
    subjects = "prices-prod-subjects"
  }

  assert {
    condition     = endswith(output.ledger_url, "&subjects=prices-prod-subjects") && length(output.salts_policies) == 2
    error_message = "Handlers must find the replica of the salts."
  }

  assert {
    condition     = length(data.aws_iam_policy_document.replayer.source_policy_documents) == 2
    error_message = "The replayer puts spilled salts back."
  }
}

run "refuses_the_name_of_the_first_regions_function" {
  command = plan

  variables {
    replayer = {
      name               = "prices-prod-records-replay"
      artifact           = { bucket = "b", key = "k", object_version = "v", sha256_base64 = "s" }
      settings           = {}
      log_retention_days = 400
    }
  }

  expect_failures = [var.replayer]
}
