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
  region = "eu-central-1"

  keys = {
    store = {
      arn         = "arn:aws:kms:eu-west-1:111122223333:key/mrk-00000000000000000000000000000000"
      description = "Encrypts what is stored"
      policy      = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
      alias       = "alias/prices-prod-records-store"
    }
    salts = {
      arn         = "arn:aws:kms:eu-west-1:111122223333:key/mrk-00000000000000000000000000000001"
      description = "Encrypts salts"
      policy      = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
    }
  }

  tables = {
    records = {
      arn    = "arn:aws:dynamodb:eu-west-1:111122223333:table/prices-prod-records"
      policy = "{\"Resource\":\"arn:aws:dynamodb:eu-west-1:111122223333:table/prices-prod-records\"}"
    }
  }

  archive = {
    name      = "prices-prod-archive"
    bucket    = "prices-prod-archive-111122223333-eu-west-1"
    arn       = "arn:aws:s3:::prices-prod-archive-111122223333-eu-west-1"
    lock_days = 2192
  }
}

run "brings_keys_policies_and_a_locked_copy" {
  command = plan

  assert {
    condition     = length(aws_kms_replica_key.this) == 2 && { for name, one in aws_kms_alias.this : name => one.name } == { store = "alias/prices-prod-records-store" }
    error_message = "Each key needs a replica there, under the alias that it has here."
  }

  assert {
    condition     = aws_dynamodb_resource_policy.this["records"].resource_arn == "arn:aws:dynamodb:eu-central-1:111122223333:table/prices-prod-records" && strcontains(aws_dynamodb_resource_policy.this["records"].policy, "eu-central-1")
    error_message = "The replica refuses what the table refuses."
  }

  assert {
    condition     = output.copy_bucket == "prices-prod-archive-111122223333-eu-central-1"
    error_message = "The copy lies in the other region."
  }

  assert {
    condition     = one(one(aws_s3_bucket_replication_configuration.this["archive"].rule).delete_marker_replication).status == "Disabled"
    error_message = "What somebody hides here must stay in sight there."
  }
}

run "copies_nothing_without_an_archive" {
  command = plan

  variables {
    archive = null
  }

  assert {
    condition     = output.copy_bucket == null && length(aws_iam_role.copier) == 0
    error_message = "Nothing copies what is not there."
  }
}

run "refuses_no_region_no_key_and_no_time" {
  command = plan

  variables {
    region            = "Frankfurt"
    key_deletion_days = 3
    archive           = { name = "a", bucket = "a", arn = "arn:aws:s3:::a", lock_days = 1, key = "chain" }
  }

  expect_failures = [var.region, var.key_deletion_days, var.archive]
}
