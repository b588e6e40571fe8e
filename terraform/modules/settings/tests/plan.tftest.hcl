variables {
  policy      = "hipaa"
  environment = "prod"
  ledger_url  = "dynamodb://records?key=alias/chain&tokens=alias/tokens"
  plugins     = ["dynamodb", "oracle"]
}

run "says_what_a_function_needs_and_nothing_else" {
  command = plan

  variables {
    sources = { prices = "oracle://host:1521/service?secret=arn" }
  }

  assert {
    condition = tomap(output.variables) == tomap({
      AFFIDAVIT_POLICY        = "hipaa"
      AFFIDAVIT_ENVIRONMENT   = "prod"
      AFFIDAVIT_LEDGER        = "dynamodb://records?key=alias/chain&tokens=alias/tokens"
      AFFIDAVIT_PLUGINS       = "dynamodb,oracle"
      AFFIDAVIT_NAMESPACE     = "affidavit"
      AFFIDAVIT_LOG_LEVEL     = "info"
      AFFIDAVIT_SOURCE_PRICES = "oracle://host:1521/service?secret=arn"
    })
    error_message = "The variables are not those that were said."
  }
}

run "says_what_a_sealer_needs_besides" {
  command = plan

  variables {
    sealer = {
      archive_url = "s3://archive/log"
      signer_url  = "kms:///alias/signer?name=example.org/prices"
      tsa_url     = "https://tsa.example/tsr?certificates=tsa.pem"
    }
  }

  assert {
    condition = { for name, value in output.variables : name => value if contains(["AFFIDAVIT_ARCHIVE", "AFFIDAVIT_SIGNER", "AFFIDAVIT_WITNESS", "AFFIDAVIT_TSA"], name) } == {
      AFFIDAVIT_ARCHIVE = "s3://archive/log"
      AFFIDAVIT_SIGNER  = "kms:///alias/signer?name=example.org/prices"
      AFFIDAVIT_TSA     = "https://tsa.example/tsr?certificates=tsa.pem"
    }
    error_message = "A sealer has its archive and key, the authority that was named, and no witness."
  }
}

run "refuses_an_authority_without_certificates" {
  command = plan

  variables {
    sealer = { tsa_url = "https://tsa.example/tsr" }
  }

  expect_failures = [var.sealer]
}

run "refuses_an_authority_with_a_password" {
  command = plan

  variables {
    sealer = { tsa_url = "https://me:word@tsa.example/tsr?certificates=tsa.pem" }
  }

  expect_failures = [var.sealer]
}

run "refuses_a_name_that_is_no_environments" {
  command = plan

  variables {
    environment = "Production"
  }

  expect_failures = [var.environment]
}

run "refuses_a_ledger_that_goes_with_its_disk" {
  command = plan

  variables {
    ledger_url = "sqlite:///ledger.db"
  }

  expect_failures = [var.ledger_url]
}

run "refuses_blanks_between_plugins" {
  command = plan

  variables {
    plugins = ["dynamodb, sqlite"]
  }

  expect_failures = [var.plugins]
}

run "refuses_a_source_that_is_no_url" {
  command = plan

  variables {
    sources = { prices = "prices.db" }
  }

  expect_failures = [var.sources]
}

run "refuses_an_unknown_log_level" {
  command = plan

  variables {
    log_level = "verbose"
  }

  expect_failures = [var.log_level]
}

run "refuses_yaml_as_a_policy" {
  command = plan

  variables {
    policy = "policies/own.yaml"
  }

  expect_failures = [var.policy]
}

run "refuses_a_namespace_of_awss_own" {
  command = plan

  variables {
    namespace = "AWS/Lambda"
  }

  expect_failures = [var.namespace]
}
