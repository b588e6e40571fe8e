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
    price = { handler = "price_fetcher.handler.handler", routes = { "GET /price" = {} } }
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
        routes  = { "GET /price" = {} }
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

run "lets_a_function_read_what_its_sources_name" {
  command = plan

  variables {
    functions = {
      price = {
        handler = "price_fetcher.handler.handler"
        plugins = ["dynamodb", "http"]
        sources = {
          lab   = "https://lab.example.org/v1?secret=lab-key&limit=1000"
          open  = "https://open.example.org"
          scans = "s3://clinic-scans/2026/?limit=1000"
          whole = "s3://clinic-scans"
        }
      }
    }
  }

  assert {
    condition = [for one in data.aws_iam_policy_document.own["price"].statement : one.resources if one.sid == "ReadItsObjects"] == [
      toset(["arn:aws:s3:::clinic-scans/2026/*", "arn:aws:s3:::clinic-scans/*"])
    ]
    error_message = "What lies under a prefix, and nothing beside it."
  }

  assert {
    condition     = [for one in data.aws_iam_policy_document.own["price"].statement : one.resources if one.sid == "TellWhatIsMissing"] == [toset(["arn:aws:s3:::clinic-scans"])]
    error_message = "Without listing a missing object looks like a forbidden one."
  }

  assert {
    condition     = endswith(one(local.placed["price"].secrets), ":secret:lab-key-??????")
    error_message = "The secret that the URL names, and no other."
  }
}

run "lets_a_function_send_what_it_was_told_to" {
  command = plan

  variables {
    functions = {
      price = {
        handler = "price_fetcher.handler.handler"
        plugins = ["dynamodb", "notify"]
        notify  = { bus = "prices" }
      }
    }
  }

  override_data {
    target = module.notices["price"].data.aws_iam_policy_document.sender
    values = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[],\"Id\":\"sender\"}" }
  }

  assert {
    condition     = module.function_settings["price"].variables.AFFIDAVIT_NOTIFY == "eventbridge://prices"
    error_message = "The function must know its bus."
  }

  assert {
    condition     = contains(local.rights["price"], module.notices["price"].policy)
    error_message = "The function must get the rights, too."
  }
}

run "keeps_salts_of_subjects_if_asked" {
  command = plan

  variables {
    evidence = { origin = "example.org/prices/prod", subjects = { recovery_days = 7 } }
  }

  assert {
    condition     = endswith(module.function_settings["price"].variables.AFFIDAVIT_LEDGER, "&subjects=prices-prod-subjects") && output.ledger_url == module.function_settings["price"].variables.AFFIDAVIT_LEDGER
    error_message = "Functions and auditors must find the same salts."
  }

  assert {
    condition     = length(local.rights["price"]) == 2 && length(output.auditor_policies) == 3 && length(output.eraser_policies) == 2
    error_message = "Each role must get its right to the salts."
  }
}

run "takes_what_was_not_said_from_the_modules" {
  command = plan

  variables {
    evidence = { origin = "example.org/prices/prod", subjects = {}, tsa_url = "https://tsa.example/tsr?certificates=tsa.pem" }

    functions = {
      price = { handler = "price_fetcher.handler.handler", canary = {} }
    }
  }

  assert {
    condition     = module.sealer_settings.variables.AFFIDAVIT_TSA == "https://tsa.example/tsr?certificates=tsa.pem" && !contains(keys(module.function_settings["price"].variables), "AFFIDAVIT_TSA")
    error_message = "Sealers alone have checkpoints stamped."
  }

  assert {
    condition     = module.function["price"].canary == { percent = 10, minutes = 10 }
    error_message = "A canary begins with ten of a hundred, for ten minutes."
  }
}

run "goes_on_with_replicas_in_the_second_region" {
  command = plan

  variables {
    region = "eu-central-1"

    evidence = {
      origin      = "example.org/prices/prod"
      recovery_of = "eu-west-1"
      subjects    = {}
    }

    functions = {
      price = { handler = "config_service.handler.read", sources = { settings = "dynamodb://settings" }, tables = { settings = "read" } }
    }

    databases = { tables = { settings = "name" } }
  }

  assert {
    condition     = length(module.ledger) == 0 && length(module.archive) == 0 && length(module.subjects) == 0
    error_message = "Nothing that holds evidence is made there, and nobody seals."
  }

  assert {
    condition     = startswith(output.ledger_url, "dynamodb://prices-prod-records?key=alias%2Fprices-prod-records-chain") && endswith(output.ledger_url, "&subjects=prices-prod-subjects")
    error_message = "The replicas have the names of their originals."
  }

  assert {
    condition     = output.functions["price"].name == "prices-prod-dr-price" && output.sealer == { replay = "prices-prod-dr-replay" } && output.tables == { settings = "prices-prod-settings" }
    error_message = "Functions have names of their own, tables the original's."
  }

  assert {
    condition     = length(local.rights["price"]) == 3 && output.archive_url == null
    error_message = "A function may write records, use salts, and read its table."
  }
}

run "refuses_to_be_both_regions" {
  command = plan

  variables {
    evidence = { origin = "example.org/prices/prod", recovery_of = "eu-west-2", dr_region = "eu-central-1" }
  }

  expect_failures = [var.evidence]
}

run "keeps_no_salts_unless_asked" {
  command = plan

  assert {
    condition     = !strcontains(module.function_settings["price"].variables.AFFIDAVIT_LEDGER, "subjects=") && length(output.eraser_policies) == 0
    error_message = "A deployment chooses to have salts."
  }
}

run "refuses_notices_without_the_plugin" {
  command = plan

  variables {
    functions = {
      price = { handler = "price_fetcher.handler.handler", notify = { bus = "prices" } }
    }
  }

  expect_failures = [var.functions]
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

run "refuses_a_name_that_is_no_environments" {
  command = plan

  variables {
    environment = "Production"
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
    evidence = { origin = "example.org/prices/prod", dr_region = "eu-west-1" }
  }

  expect_failures = [var.evidence]
}

run "refuses_a_name_that_xray_would_not_take" {
  command = plan

  variables {
    name = "prices-of-everything-everywhere"
  }

  expect_failures = [var.name]
}

run "has_no_harness_unless_asked" {
  command = plan

  assert {
    condition     = output.harness == null
    error_message = "Without harness nothing plays scenarios."
  }
}

run "tells_the_harness_what_there_is" {
  command = plan

  variables {
    harness = { hosts = ["other.example.com"], outputs = { product = "PROD-101" } }

    functions = {
      price = { handler = "config_service.handler.read", tables = { settings = "read" } }
    }

    databases = { tables = { settings = "name" } }

    artifacts = {
      price   = { bucket = "example-vault", key = "price.zip", object_version = "v1", sha256_base64 = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=" }
      sealer  = { bucket = "example-vault", key = "sealer.zip", object_version = "v1", sha256_base64 = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=" }
      harness = { bucket = "example-vault", key = "harness.zip", object_version = "v1", sha256_base64 = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=" }
    }
  }

  assert {
    condition     = output.harness.environments["prod"].outputs == tomap({ url = "none", price_function = "prices-prod-price:live", settings_table = "prices-prod-settings", product = "PROD-101" })
    error_message = "Scenarios find functions by their alias, tables by name, and what was said besides."
  }

  assert {
    condition     = output.harness.environments["prod"].read_only && output.harness.environments["prod"].hosts == tolist(["other.example.com"])
    error_message = "In production the harness only looks, at hosts that are listed."
  }
}

run "refuses_a_kind_that_the_harness_does_not_know" {
  command = plan

  variables {
    harness   = { resources = { ledgers = ["arn:aws:dynamodb:eu-west-1:111122223333:table/other"] } }
    artifacts = merge(var.artifacts, { harness = var.artifacts.price })
  }

  expect_failures = [var.harness]
}

run "refuses_a_harness_that_was_not_promoted" {
  command = plan

  variables {
    harness = {}
  }

  expect_failures = [var.artifacts]
}
