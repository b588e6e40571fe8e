mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  name            = "prices-prod"
  namespace       = "affidavit/prices-prod"
  functions       = ["prices-prod-price"]
  log_group_names = ["/aws/lambda/prices-prod-price"]
  sample_percent  = 5
}

run "raises_an_alarm_for_every_answer_that_was_withheld" {
  command = plan

  assert {
    condition     = one(aws_cloudwatch_metric_alarm.this["withheld"].metric_query).expression == "SELECT SUM(Withheld) FROM SCHEMA(\"affidavit/prices-prod\", Action, FunctionName)"
    error_message = "All actions of all functions count."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["withheld"].threshold == 0
    error_message = "One is too many."
  }
}

run "samples_as_the_policy_says" {
  command = plan

  assert {
    condition     = aws_xray_sampling_rule.this[0].fixed_rate == 0.05 && aws_xray_sampling_rule.this[0].service_name == "prices-prod*"
    error_message = "Five of a hundred, of this service."
  }
}

run "leaves_xray_alone_if_the_policy_says_nothing" {
  command = plan

  variables {
    sample_percent = null
  }

  assert {
    condition     = length(aws_xray_sampling_rule.this) == 0
    error_message = "X-Ray's own rule stays in force."
  }
}

run "saves_the_questions_that_operators_ask" {
  command = plan

  assert {
    condition     = toset(keys(output.queries)) == toset(["failures", "refusals", "slowest", "outcomes"])
    error_message = "Four questions."
  }
}

run "refuses_a_percentage_over_a_hundred_and_no_function" {
  command = plan

  variables {
    sample_percent = 101
    functions      = []
    name           = "a-name-that-is-too-long-for-a-rule-of-xray"
  }

  expect_failures = [var.sample_percent, var.functions, var.name]
}
