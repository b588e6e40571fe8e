mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  name      = "example-witness"
  lock_days = 2192
  writers   = ["arn:aws:iam::111122223333:role/prices-prod-archive-checkpoint"]
}

run "is_locked_and_encrypted_with_its_own_key" {
  command = plan

  assert {
    condition     = output.witness == { bucket = "example-witness", kms_key_arn = aws_kms_key.this.arn } && aws_kms_key.this.enable_key_rotation
    error_message = "The first account needs to know both."
  }
}

run "refuses_everybody" {
  command = plan

  variables {
    writers = ["*"]
  }

  expect_failures = [var.writers]
}
