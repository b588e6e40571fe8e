mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  name = "example-state"
}

run "keeps_old_states_and_forgets_them" {
  command = plan

  assert {
    condition     = one(aws_s3_bucket_lifecycle_configuration.this.rule[0].noncurrent_version_expiration).noncurrent_days == 90 && output.backend.use_lockfile && output.backend.bucket == "example-state"
    error_message = "What was replaced can be fetched for a while, and two applies wait for each other."
  }
}

run "refuses_to_forget_at_once" {
  command = plan

  variables {
    keep_days = 1
  }

  expect_failures = [var.keep_days]
}
