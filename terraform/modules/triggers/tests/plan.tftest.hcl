mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  name = "shop-prod-orders"

  sources = {
    arns = {
      orders  = "arn:aws:sqs:eu-west-1:111122223333:shop-prod-orders"
      news    = "arn:aws:sns:eu-west-1:111122223333:shop-prod-news"
      changes = "arn:aws:dynamodb:eu-west-1:111122223333:table/mock/stream/2026-01-01T00:00:00.000"
      clicks  = "arn:aws:kinesis:eu-west-1:111122223333:stream/shop-prod-clicks"
    }
    queue_urls = { orders = "https://sqs.eu-west-1.amazonaws.com/111122223333/shop-prod-orders" }
    fifo_dead  = {}
  }

  function = {
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
    condition     = alltrue([for one in concat(values(aws_lambda_permission.topic), values(aws_lambda_permission.rule), values(aws_lambda_permission.bucket)) : one.qualifier == "live" && one.source_arn != null])
    error_message = "One topic, rule or bucket may call, and only the alias."
  }

  assert {
    condition     = aws_lambda_permission.bucket["uploads"].source_account == "111122223333"
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
