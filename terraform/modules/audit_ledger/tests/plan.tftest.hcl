mock_provider "aws" {
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
    condition     = { for each in aws_dynamodb_table.this.attribute : each.name => each.type } == { pk = "S", sk = "N", s = "S", t = "S" }
    error_message = "The attributes must be those of items.py."
  }

  assert {
    condition = { for each in aws_dynamodb_table.this.global_secondary_index : each.name => "${each.hash_key} ${each.range_key} ${each.projection_type} ${join(" ", each.non_key_attributes)}" } == {
      by_subject = "s t INCLUDE a"
    }
    error_message = "The index must be that of items.py."
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
    condition     = one(aws_dynamodb_table.this.server_side_encryption).kms_key_arn == aws_kms_key.this["store"].arn
    error_message = "The table must be encrypted with the ledger's own key."
  }

  assert {
    condition     = aws_kms_key.this["store"].enable_key_rotation && aws_kms_key.this["chain"].enable_key_rotation
    error_message = "Symmetric keys rotate."
  }

  assert {
    condition     = aws_kms_key.this["tokens"].customer_master_key_spec == "HMAC_256" && aws_kms_key.this["tokens"].key_usage == "GENERATE_VERIFY_MAC"
    error_message = "Tokens are MACs."
  }

  assert {
    condition     = alltrue([aws_kms_key.this["store"].multi_region, aws_kms_key.this["chain"].multi_region, aws_kms_key.this["tokens"].multi_region])
    error_message = "A key cannot become a multi-region key later."
  }
}

run "has_one_region_unless_told_otherwise" {
  command = plan

  assert {
    condition     = length(aws_dynamodb_table.this.replica) == 0
    error_message = "Nothing must exist elsewhere."
  }
}

run "dr_region_brings_a_second_region" {
  command = plan

  variables {
    dr_region  = "eu-central-1"
    dr_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/mrk-00000000000000000000000000000000"
  }

  assert {
    condition     = one(aws_dynamodb_table.this.replica).region_name == "eu-central-1"
    error_message = "The table needs a replica there."
  }

  assert {
    condition     = { for name, key in output.replica_keys : name => key.alias } == { for name in ["store", "chain", "tokens"] : name => "alias/prices-prod-records-${name}" }
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

run "takes_keys_that_are_there" {
  command = plan

  variables {
    keys = { store = "arn:aws:kms:eu-west-1:111122223333:key/theirs", tokens = "arn:aws:kms:eu-west-1:111122223333:key/macs" }
  }

  assert {
    condition     = keys(aws_kms_key.this) == ["chain"] && output.kms_key_arn == "arn:aws:kms:eu-west-1:111122223333:key/theirs" && strcontains(output.ledger_url, "tokens=arn%3Aaws%3Akms%3Aeu-west-1%3A111122223333%3Akey%2Fmacs&")
    error_message = "What was brought is used, and only the rest is made."
  }
}

run "refuses_a_key_that_can_be_another_tomorrow" {
  command = plan

  variables {
    keys = { tokens = "alias/macs" }
  }

  expect_failures = [var.keys]
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
