mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

mock_provider "aws" {
  alias           = "dr"
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  name = "prices-prod-records"
}

run "has_the_schema_that_the_plugin_uses" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.this.hash_key == "pk" && aws_dynamodb_table.this.range_key == "sk"
    error_message = "Records are put under pk and sk."
  }

  assert {
    condition     = { for each in aws_dynamodb_table.this.attribute : each.name => each.type } == { pk = "S", sk = "N", a = "S", s = "S", t = "S" }
    error_message = "The attributes must be those of items.py."
  }

  assert {
    condition = { for each in aws_dynamodb_table.this.global_secondary_index : each.name => "${each.hash_key} ${each.range_key} ${each.projection_type}" } == {
      by_actor   = "a t KEYS_ONLY"
      by_subject = "s t KEYS_ONLY"
    }
    error_message = "The indexes must be those of items.py."
  }

  assert {
    condition     = one(aws_dynamodb_table.this.ttl).attribute_name == "x" && one(aws_dynamodb_table.this.ttl).enabled
    error_message = "Records expire on x."
  }

  assert {
    condition     = aws_dynamodb_table.this.stream_view_type == "NEW_AND_OLD_IMAGES"
    error_message = "The sealer has to see what a change replaced."
  }
}

run "is_protected_unless_told_otherwise" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.this.deletion_protection_enabled
    error_message = "The table must refuse to be deleted."
  }

  assert {
    condition     = one(aws_dynamodb_table.this.point_in_time_recovery).enabled && one(aws_dynamodb_table.this.point_in_time_recovery).recovery_period_in_days == 35
    error_message = "The table must be restorable for 35 days."
  }

  assert {
    condition     = one(aws_dynamodb_table.this.server_side_encryption).kms_key_arn == aws_kms_key.store.arn
    error_message = "The table must be encrypted with the ledger's own key."
  }

  assert {
    condition     = aws_kms_key.store.enable_key_rotation && aws_kms_key.chain.enable_key_rotation
    error_message = "Symmetric keys rotate."
  }

  assert {
    condition     = aws_kms_key.tokens.customer_master_key_spec == "HMAC_256" && aws_kms_key.tokens.key_usage == "GENERATE_VERIFY_MAC"
    error_message = "Tokens are MACs."
  }

  assert {
    condition     = alltrue([aws_kms_key.store.multi_region, aws_kms_key.chain.multi_region, aws_kms_key.tokens.multi_region])
    error_message = "A key cannot become a multi-region key later."
  }
}

run "has_one_region_unless_told_otherwise" {
  command = plan

  assert {
    condition     = length(aws_dynamodb_table.this.replica) == 0 && length(aws_kms_replica_key.writers) == 0
    error_message = "Nothing must exist elsewhere."
  }
}

run "dr_region_brings_a_second_region" {
  command = plan

  variables {
    dr_region = "eu-central-1"
  }

  assert {
    condition     = one(aws_dynamodb_table.this.replica).region_name == "eu-central-1"
    error_message = "The table needs a replica there."
  }

  assert {
    condition     = toset(keys(aws_kms_alias.dr)) == toset(["store", "chain", "tokens"])
    error_message = "All three keys need a replica there, under the same alias."
  }
}

run "its_url_names_everything_and_no_secret" {
  command = plan

  assert {
    condition     = output.ledger_url == "dynamodb://prices-prod-records?key=alias%2Fprices-prod-records-chain&tokens=alias%2Fprices-prod-records-tokens&spill=https%3A%2F%2Fsqs.eu-west-1.amazonaws.com%2F111122223333%2Fmock&timeout_ms=250"
    error_message = "The URL must be the one that docs/dynamodb.md describes."
  }
}

run "refuses_recovery_that_dynamodb_does_not_know" {
  command = plan

  variables {
    recovery_days = 36
  }

  expect_failures = [var.recovery_days]
}

run "refuses_a_queue_that_forgets_soon" {
  command = plan

  variables {
    spill_days = 1
  }

  expect_failures = [var.spill_days]
}

run "refuses_a_region_that_is_none" {
  command = plan

  variables {
    dr_region = "Frankfurt"
  }

  expect_failures = [var.dr_region]
}

run "refuses_a_bad_name_and_bad_numbers" {
  command = plan

  variables {
    name              = "Prices"
    timeout_ms        = 1
    key_deletion_days = 3
  }

  expect_failures = [var.name, var.timeout_ms, var.key_deletion_days]
}
