mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

mock_provider "aws" {
  alias           = "dr"
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name        = "prices"
  environment = "prod"
  policy      = "hipaa"
  evidence    = { origin = "example.org/prices/prod" }
  authorizer  = { issuer = "https://login.example.org/", audience = ["prices"] }

  alarm_actions = ["arn:aws:sns:eu-west-1:111122223333:prices-prod"]

  functions = {
    price = { handler = "price_fetcher.handler.handler", route = "GET /price" }
  }

  artifacts = {
    price  = { bucket = "example-vault", key = "price.zip", object_version = "v1", sha256_base64 = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=" }
    sealer = { bucket = "example-vault", key = "sealer.zip", object_version = "v1", sha256_base64 = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=" }
  }
}

run "takes_days_and_percentages_from_the_policy" {
  command = plan

  assert {
    condition     = local.archive_days == 2192 && local.log_days == 400 && local.sample_percent == 5
    error_message = "Six years of evidence, 400 days of logs, five of a hundred traces: see policies/hipaa.yaml."
  }
}

run "has_no_database_unless_told_otherwise" {
  command = plan

  assert {
    condition     = output.secret_arn == null
    error_message = "Without oracle there is no secret."
  }
}

run "puts_the_secret_into_the_sources_url" {
  command = plan

  variables {
    functions = {
      price = {
        handler = "price_fetcher.handler.handler"
        route   = "GET /price"
        plugins = ["dynamodb", "oracle"]
        sources = { prices = "oracle://prices.example.org:1521/prices?secret={secret}" }
      }
    }

    databases = {
      oracle = {
        vpc_id   = "vpc-0123456789abcdef0"
        subnets  = { eu-west-1a = "10.20.0.0/26", eu-west-1b = "10.20.0.64/26" }
        database = { cidr = "10.20.16.0/24" }
      }
    }
  }

  assert {
    condition     = module.function_settings["price"].variables.AFFIDAVIT_SOURCE_PRICES == "oracle://prices.example.org:1521/prices?secret=arn:aws:secretsmanager:eu-west-1:111122223333:secret:mock"
    error_message = "The function must know which secret to read."
  }
}

run "puts_the_tables_name_into_the_sources_url" {
  command = plan

  variables {
    functions = {
      price = {
        handler = "config_service.handler.read"
        sources = { settings = "dynamodb://settings" }
        tables  = { settings = "read" }
      }
    }

    databases = { tables = { settings = "name" } }
  }

  assert {
    condition     = module.function_settings["price"].variables.AFFIDAVIT_SOURCE_SETTINGS == "dynamodb://prices-prod-settings"
    error_message = "The function must ask the service's own table."
  }
}

run "refuses_a_right_to_a_table_that_is_not_there" {
  command = plan

  variables {
    functions = {
      price = { handler = "config_service.handler.read", tables = { settings = "read" } }
    }
  }

  expect_failures = [var.functions]
}

run "refuses_a_secret_without_a_database" {
  command = plan

  variables {
    functions = {
      price = { handler = "price_fetcher.handler.handler", sources = { prices = "oracle://host:1521/prices?secret={secret}" } }
    }
  }

  expect_failures = [var.functions]
}

run "refuses_an_open_door_under_a_policy_that_trusts_nobody" {
  command = plan

  variables {
    authorizer = null
  }

  expect_failures = [var.authorizer]
}

run "refuses_what_was_not_promoted" {
  command = plan

  variables {
    artifacts = {}
  }

  expect_failures = [var.artifacts]
}

run "refuses_a_production_that_can_be_deleted_or_not_be_heard" {
  command = plan

  variables {
    evidence      = { origin = "example.org/prices/prod", deletion_protection = false }
    alarm_actions = []
  }

  expect_failures = [var.evidence, var.alarm_actions]
}

run "refuses_an_environment_that_affidavit_does_not_know" {
  command = plan

  variables {
    environment = "production"
  }

  expect_failures = [var.environment]
}

run "refuses_a_policy_that_is_not_there" {
  command = plan

  variables {
    policy = "sox"
  }

  expect_failures = [var.policy]
}

run "refuses_recovery_in_the_same_region" {
  command = plan

  variables {
    dr_region = "eu-west-1"
  }

  expect_failures = [var.dr_region]
}

run "refuses_a_name_that_xray_would_not_take" {
  command = plan

  variables {
    name = "prices-of-everything-everywhere"
  }

  expect_failures = [var.name]
}
