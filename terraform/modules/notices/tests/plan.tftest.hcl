mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  mail = {
    sender    = "noreply+prices@example.org"
    bucket    = "example-mail"
    prefix    = "prices/mail"
    version   = "2026-01"
    audiences = { warehouse = ["a@example.org", "b+c@example.org"] }
  }
  bus = "prices"
}

run "says_who_sends_what_to_whom" {
  command = plan

  assert {
    condition     = output.url == "ses://noreply+prices@example.org?bus=prices&templates=s3%3A%2F%2Fexample-mail%2Fprices%2Fmail&to.warehouse=a%40example.org%2Cb%2Bc%40example.org&version=2026-01"
    error_message = "The URL is not what affidavit_notify reads."
  }
}

run "announces_without_mail" {
  command = plan

  variables {
    mail        = null
    source_name = "prices"
  }

  assert {
    condition     = output.url == "eventbridge://prices?source=prices"
    error_message = "A bus alone has a URL of its own."
  }
}

run "refuses_nothing_at_all" {
  command = plan

  variables {
    mail = null
    bus  = null
  }

  expect_failures = [var.mail]
}

run "refuses_a_sender_that_is_no_address" {
  command = plan

  variables {
    mail = { sender = "example.org", bucket = "b", prefix = "mail", version = "1", domains = ["example.org"] }
  }

  expect_failures = [var.mail]
}

run "refuses_templates_in_a_whole_bucket" {
  command = plan

  variables {
    mail = { sender = "a@example.org", bucket = "b", prefix = "", version = "1", domains = ["example.org"] }
  }

  expect_failures = [var.mail]
}

run "refuses_mail_to_nobody" {
  command = plan

  variables {
    mail = { sender = "a@example.org", bucket = "b", prefix = "mail", version = "1" }
  }

  expect_failures = [var.mail]
}

run "refuses_a_bus_elsewhere" {
  command = plan

  variables {
    bus = "arn:aws:events:eu-west-1:444455556666:event-bus/prices"
  }

  expect_failures = [var.bus]
}
