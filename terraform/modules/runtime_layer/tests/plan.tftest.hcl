mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  index        = "tests/layers.json"
  runtime      = "python3.13"
  architecture = "arm64"
  plugins      = ["dynamodb"]
}

run "reads_the_arn_of_this_region" {
  command = plan

  assert {
    condition     = output.arn == "arn:aws:lambda:eu-west-1:111122223333:layer:affidavit-python3-13-arm64:7"
    error_message = "The ARN must be that of the region, with its version."
  }

  assert {
    condition     = output.contents == "c0"
    error_message = "What is in the layer must be said, so that it can be compared."
  }
}

run "refuses_what_was_not_published" {
  command = plan

  variables {
    runtime = "python3.12"
  }

  expect_failures = [output.arn]
}

run "refuses_a_region_without_it" {
  command = plan

  override_data {
    target = data.aws_region.current
    values = { id = "us-east-1", name = "us-east-1" }
  }

  expect_failures = [output.arn]
}

run "refuses_a_layer_that_lacks_a_plugin" {
  command = plan

  variables {
    plugins = ["oracle"]
  }

  expect_failures = [output.arn]
}

run "refuses_a_file_that_is_none" {
  command = plan

  variables {
    index = "tests/plan.tftest.hcl"
  }

  expect_failures = [var.index]
}

run "refuses_another_runtime" {
  command = plan

  variables {
    runtime = "nodejs22.x"
  }

  expect_failures = [var.runtime]
}

run "refuses_another_processor" {
  command = plan

  variables {
    architecture = "arm"
  }

  expect_failures = [var.architecture]
}
