mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  name = "shop-prod-orders"

  prefix      = "shop-prod"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-00000000000000000000000000000000"

  function = {
    role_name = "shop-prod-orders"
    alias = {
      function   = "shop-prod-orders"
      qualifier  = "live"
      arn        = "arn:aws:lambda:eu-west-1:111122223333:function:shop-prod-orders:live"
      invoke_arn = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:shop-prod-orders:live/invocations"
    }
    dead_letters = {
      name = "shop-prod-orders-dead"
      url  = "https://sqs.eu-west-1.amazonaws.com/111122223333/shop-prod-orders-dead"
      arn  = "arn:aws:sqs:eu-west-1:111122223333:shop-prod-orders-dead"
    }
  }

  triggers = {
    orders  = { type = "queue", queue = "orders", window_s = 5 }
    news    = { type = "topic", topic = "news" }
    sold    = { type = "rule", pattern = "{\"source\":[\"shop\"]}" }
    changes = { type = "table", table = "arn:aws:dynamodb:eu-west-1:111122223333:table/mock/stream/2026-01-01T00:00:00.000" }
    clicks  = { type = "stream", stream = "clicks" }
    uploads = { type = "bucket", bucket = "example-uploads" }
    daily   = { type = "schedule", expression = "rate(1 day)" }
  }
}

run "handles_failures_unless_told_otherwise" {
  command = plan

  assert {
    condition     = jsondecode(aws_sqs_queue_redrive_policy.this["orders"].redrive_policy).maxReceiveCount == 5
    error_message = "A message is set aside after five receives."
  }

  assert {
    condition     = alltrue([for one in concat(values(aws_lambda_event_source_mapping.queue), values(aws_lambda_event_source_mapping.feed)) : one.function_response_types == toset(["ReportBatchItemFailures"])])
    error_message = "A bad record fails alone."
  }

  assert {
    condition     = alltrue([for one in values(aws_lambda_event_source_mapping.feed) : one.maximum_retry_attempts == 5 && one.bisect_batch_on_function_error && one.destination_config[0].on_failure[0].destination_arn == var.function.dead_letters.arn])
    error_message = "A stream does not stand still at a record that never works, and the record is not lost."
  }

  assert {
    condition     = aws_cloudwatch_event_target.this["sold"].retry_policy[0].maximum_event_age_in_seconds == 3600 && length(aws_cloudwatch_event_target.this["sold"].dead_letter_config) == 1
    error_message = "An event is tried for an hour and then set aside."
  }

  assert {
    condition     = aws_scheduler_schedule.this["daily"].target[0].retry_policy[0].maximum_retry_attempts == 2 && length(aws_scheduler_schedule.this["daily"].target[0].dead_letter_config) == 1
    error_message = "A time that could not be kept is set aside."
  }

  assert {
    condition     = aws_sns_topic_subscription.this["news"].redrive_policy != null && aws_sqs_queue.lost[0].sqs_managed_sse_enabled
    error_message = "What SNS cannot deliver is set aside, where SNS may put it."
  }
}

run "asks_the_alias_and_nobody_else" {
  command = plan

  assert {
    condition     = alltrue([for one in values(aws_lambda_permission.this) : one.qualifier == "live" && one.source_arn != null])
    error_message = "One topic, rule or bucket may call, and only the alias."
  }

  assert {
    condition     = aws_lambda_permission.this["bucket-uploads"].source_account == "111122223333"
    error_message = "A bucket of the same name in another account may not."
  }
}

run "makes_nothing_that_is_somebody_elses" {
  command = plan

  variables {
    triggers = { orders = { type = "queue", queue = "arn:aws:sqs:eu-west-1:111122223333:theirs" } }
  }

  assert {
    condition     = length(aws_sqs_queue_redrive_policy.this) == 0 && length(aws_sqs_queue.lost) == 0
    error_message = "What is somebody else's keeps its redrive policy, and without late events nothing is lost."
  }
}

run "makes_what_has_a_short_name_and_encrypts_it" {
  command = plan

  variables {
    triggers = {
      orders = { type = "queue", queue = "orders", window_s = 5 }
      news   = { type = "topic", topic = "news" }
      clicks = { type = "stream", stream = "clicks" }
      theirs = { type = "queue", queue = "arn:aws:sqs:eu-west-1:111122223333:theirs" }
    }
  }

  assert {
    condition     = keys(aws_sqs_queue.this) == ["orders"] && aws_sqs_queue.this["orders"].sqs_managed_sse_enabled && aws_sns_topic.this["news"].kms_master_key_id == "alias/aws/sns" && aws_kinesis_stream.this["clicks"].encryption_type == "KMS"
    error_message = "What is an ARN is somebody else's; what is made here is encrypted."
  }

  assert {
    condition     = aws_sqs_queue.this["orders"].visibility_timeout_seconds == 65
    error_message = "A message is hidden six times as long as the function may take, and for the window."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.queue["theirs"].event_source_arn == "arn:aws:sqs:eu-west-1:111122223333:theirs"
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
