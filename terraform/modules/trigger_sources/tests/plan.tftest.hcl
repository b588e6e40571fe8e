mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  prefix      = "shop-prod"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-00000000000000000000000000000000"

  triggers = {
    orders = { type = "queue", queue = "orders", window_s = 5 }
    news   = { type = "topic", topic = "news" }
    clicks = { type = "stream", stream = "clicks" }
    theirs = { type = "queue", queue = "arn:aws:sqs:eu-west-1:111122223333:theirs" }
  }
}

run "makes_what_has_a_short_name_and_encrypts_it" {
  command = plan

  assert {
    condition     = keys(aws_sqs_queue.this) == ["orders"] && aws_sqs_queue.this["orders"].sqs_managed_sse_enabled && aws_sns_topic.this["news"].kms_master_key_id == "alias/aws/sns" && aws_kinesis_stream.this["clicks"].encryption_type == "KMS"
    error_message = "What is an ARN is somebody else's; what is made here is encrypted."
  }

  assert {
    condition     = aws_sqs_queue.this["orders"].visibility_timeout_seconds == 65
    error_message = "A message is hidden six times as long as the function may take, and for the window."
  }

  assert {
    condition     = output.sources.arns["theirs"] == "arn:aws:sqs:eu-west-1:111122223333:theirs"
    error_message = "An ARN is followed as it is."
  }
}

run "refuses_two_notifications_of_one_bucket" {
  command = plan

  variables {
    triggers = {
      first  = { type = "bucket", bucket = "example" }
      second = { type = "bucket", bucket = "example" }
    }
  }

  expect_failures = [var.triggers]
}

run "keeps_order_where_there_is_one" {
  command = plan

  variables {
    triggers = { orders = { type = "queue", queue = "orders", fifo = true } }
  }

  assert {
    condition     = aws_sqs_queue.this["orders"].name == "shop-prod-orders.fifo" && aws_sqs_queue.fifo_dead["orders"].fifo_queue
    error_message = "A FIFO queue has dead letters of its kind."
  }
}

run "refuses_a_type_that_it_does_not_know" {
  command = plan

  variables {
    triggers = { orders = { type = "queu", queue = "orders" } }
  }

  expect_failures = [var.triggers]
}

run "refuses_a_trigger_that_names_nothing" {
  command = plan

  variables {
    triggers = { orders = { type = "queue", topic = "orders" } }
  }

  expect_failures = [var.triggers]
}
