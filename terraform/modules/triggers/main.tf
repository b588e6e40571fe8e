# Each kind of trigger, with failures handled as they should be unless somebody says otherwise:
# a bad record fails alone, a stream does not stand still, and nothing is lost without a trace.
locals {
  of = { for kind in ["queue", "topic", "rule", "table", "stream", "bucket", "schedule"] : kind => { for name, one in var.triggers : name => one if one.type == kind } }

  feeds = merge(local.of.table, local.of.stream)
  reads = var.function.role_name != null && length(local.feeds) + length(local.of.queue) > 0

  # Whoever calls a function later and in vain: EventBridge, its scheduler, SNS.
  late = merge(local.of.topic, local.of.rule, local.of.schedule)

  # Made here under a short name; an ARN is somebody else's.
  own_queues  = { for name, one in local.of.queue : name => one if !startswith(one.queue, "arn:") }
  own_topics  = { for name, one in local.of.topic : name => one if !startswith(one.topic, "arn:") }
  own_streams = { for name, one in local.of.stream : name => one if !startswith(one.stream, "arn:") }

  queue_arns  = { for name, one in local.of.queue : name => try(aws_sqs_queue.this[name].arn, one.queue) }
  topic_arns  = { for name, one in local.of.topic : name => try(aws_sns_topic.this[name].arn, one.topic) }
  stream_arns = { for name, one in local.of.stream : name => try(aws_kinesis_stream.this[name].arn, one.stream) }
  arns        = merge(local.queue_arns, local.topic_arns, local.stream_arns, { for name, one in local.of.table : name => one.table })

  # Who may call: the one topic, rule or bucket. Streams, queues and times act in roles.
  callers = merge(
    { for name, one in local.of.topic : "topic-${name}" => { service = "sns", arn = local.topic_arns[name], account = null } },
    { for name, one in local.of.rule : "rule-${name}" => { service = "events", arn = aws_cloudwatch_event_rule.this[name].arn, account = null } },
    { for name, one in local.of.bucket : "bucket-${name}" => { service = "s3", arn = "arn:${data.aws_partition.current.partition}:s3:::${one.bucket}", account = data.aws_caller_identity.current.account_id } },
  )
}

resource "aws_lambda_permission" "this" {
  for_each = local.callers

  statement_id   = each.key
  action         = "lambda:InvokeFunction"
  function_name  = var.function.alias.function
  qualifier      = var.function.alias.qualifier
  principal      = "${each.value.service}.amazonaws.com"
  source_arn     = each.value.arn
  source_account = each.value.account
}

# Queues

resource "aws_sqs_queue_redrive_policy" "this" {
  for_each = local.own_queues

  queue_url = aws_sqs_queue.this[each.key].url

  redrive_policy = jsonencode({
    deadLetterTargetArn = each.value.fifo == true ? aws_sqs_queue.fifo_dead[each.key].arn : var.function.dead_letters.arn
    maxReceiveCount     = coalesce(each.value.receives, 5)
  })
}

resource "aws_lambda_event_source_mapping" "queue" {
  for_each = local.of.queue

  event_source_arn                   = local.arns[each.key]
  function_name                      = var.function.alias.arn
  batch_size                         = coalesce(each.value.batch, 10)
  maximum_batching_window_in_seconds = each.value.fifo == true ? null : coalesce(each.value.window_s, 0)
  function_response_types            = each.value.partial_failures == false ? null : ["ReportBatchItemFailures"]
  tags                               = var.tags

  dynamic "filter_criteria" {
    for_each = length(coalesce(each.value.filters, [])) == 0 ? [] : [each.value.filters]

    content {
      dynamic "filter" {
        for_each = filter_criteria.value

        content {
          pattern = filter.value
        }
      }
    }
  }

  dynamic "scaling_config" {
    for_each = each.value.concurrency == null ? [] : [each.value.concurrency]

    content {
      maximum_concurrency = scaling_config.value
    }
  }

  depends_on = [aws_sqs_queue_redrive_policy.this, aws_iam_role_policy_attachment.reader]
}

# Streams: of tables, and of Kinesis

resource "aws_lambda_event_source_mapping" "feed" {
  for_each = local.feeds

  event_source_arn                   = local.arns[each.key]
  function_name                      = var.function.alias.arn
  starting_position                  = each.value.start == "latest" ? "LATEST" : "TRIM_HORIZON"
  batch_size                         = coalesce(each.value.batch, 100)
  maximum_batching_window_in_seconds = coalesce(each.value.window_s, 0)
  maximum_retry_attempts             = coalesce(each.value.retries, 5)
  maximum_record_age_in_seconds      = coalesce(each.value.age_s, 86400)
  bisect_batch_on_function_error     = each.value.bisect != false
  parallelization_factor             = coalesce(each.value.parallel, 1)
  tumbling_window_in_seconds         = coalesce(each.value.tumbling_s, 0) == 0 ? null : each.value.tumbling_s
  function_response_types            = each.value.partial_failures == false ? null : ["ReportBatchItemFailures"]
  tags                               = var.tags

  dynamic "filter_criteria" {
    for_each = length(coalesce(each.value.filters, [])) == 0 ? [] : [each.value.filters]

    content {
      dynamic "filter" {
        for_each = filter_criteria.value

        content {
          pattern = filter.value
        }
      }
    }
  }

  dynamic "destination_config" {
    for_each = each.value.dead_letters == false ? [] : [1]

    content {
      on_failure {
        destination_arn = var.function.dead_letters.arn
      }
    }
  }

  depends_on = [aws_iam_role_policy_attachment.reader]
}

# Topics

resource "aws_sns_topic_subscription" "this" {
  for_each = local.of.topic

  topic_arn      = local.arns[each.key]
  protocol       = "lambda"
  endpoint       = var.function.alias.arn
  filter_policy  = one(coalesce(each.value.filters, []))
  redrive_policy = each.value.dead_letters == false ? null : jsonencode({ deadLetterTargetArn = aws_sqs_queue.lost[0].arn })

  depends_on = [aws_lambda_permission.this]
}

# Rules of a bus

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.of.rule

  name           = "${var.name}-${each.key}"
  description    = "Starts ${var.name}."
  event_bus_name = coalesce(each.value.bus, "default")
  event_pattern  = each.value.pattern
  tags           = var.tags
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = local.of.rule

  rule           = aws_cloudwatch_event_rule.this[each.key].name
  event_bus_name = coalesce(each.value.bus, "default")
  target_id      = "function"
  arn            = var.function.alias.arn

  retry_policy {
    maximum_retry_attempts       = coalesce(each.value.retries, 24)
    maximum_event_age_in_seconds = coalesce(each.value.age_s, 3600)
  }

  dynamic "dead_letter_config" {
    for_each = each.value.dead_letters == false ? [] : [1]

    content {
      arn = aws_sqs_queue.lost[0].arn
    }
  }

  depends_on = [aws_lambda_permission.this]
}

# Buckets: what the function fails with goes to its own dead letters, as of every late event

resource "aws_s3_bucket_notification" "this" {
  for_each = local.of.bucket

  bucket = each.value.bucket

  lambda_function {
    lambda_function_arn = var.function.alias.arn
    events              = coalesce(each.value.events, ["s3:ObjectCreated:*"])
    filter_prefix       = each.value.prefix == "" ? null : each.value.prefix
    filter_suffix       = each.value.suffix == "" ? null : each.value.suffix
  }

  depends_on = [aws_lambda_permission.this]
}

# Times

resource "aws_scheduler_schedule" "this" {
  #checkov:skip=CKV_AWS_297:The schedule has no input; there is nothing to encrypt.
  for_each = local.of.schedule

  name                         = "${var.name}-${each.key}"
  description                  = "Starts ${var.name}."
  schedule_expression          = each.value.expression
  schedule_expression_timezone = coalesce(each.value.timezone, "UTC")

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = var.function.alias.arn
    role_arn = aws_iam_role.clock[0].arn

    retry_policy {
      maximum_retry_attempts = coalesce(each.value.retries, 2)
    }

    dynamic "dead_letter_config" {
      for_each = each.value.dead_letters == false ? [] : [1]

      content {
        arn = aws_sqs_queue.lost[0].arn
      }
    }
  }

  depends_on = [aws_iam_role_policy_attachment.clock]
}

# What EventBridge, its scheduler and SNS could not deliver. Not the function's own dead letter
# queue: these services could not use its key.

resource "aws_sqs_queue" "lost" {
  count = length(local.late) > 0 ? 1 : 0

  name                      = "${var.name}-lost"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600
  tags                      = var.tags
}

resource "aws_sqs_queue_policy" "lost" {
  count = length(local.late) > 0 ? 1 : 0

  queue_url = aws_sqs_queue.lost[0].url
  policy    = data.aws_iam_policy_document.lost.json
}

resource "aws_cloudwatch_metric_alarm" "lost" {
  for_each = merge(
    { for queue in aws_sqs_queue.lost : "lost" => queue.name },
    { for name, queue in aws_sqs_queue.fifo_dead : name => queue.name },
  )

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "Events could not be delivered or handled and wait in a queue, for at most 14 days."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = each.value }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  tags                = var.tags
}
