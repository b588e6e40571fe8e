# Queues, topics and streams that are made here; an ARN is somebody else's.

resource "aws_sqs_queue" "this" {
  for_each = local.own_queues

  name       = each.value.fifo == true ? "${var.prefix}-${each.value.queue}.fifo" : "${var.prefix}-${each.value.queue}"
  fifo_queue = each.value.fifo == true

  # SQS's own key: EventBridge, SNS and S3 could not send to a queue with one of ours.
  sqs_managed_sse_enabled = true

  # Six times the function's timeout, as AWS advises, and the window: a message is not given to a
  # second one while the first still works on it.
  visibility_timeout_seconds = 6 * var.timeout_seconds + coalesce(each.value.window_s, 0)
  tags                       = var.tags
}

resource "aws_sqs_queue" "fifo_dead" {
  for_each = { for name, one in local.own_queues : name => one if one.fifo == true }

  name                      = "${var.prefix}-${each.value.queue}-dead.fifo"
  fifo_queue                = true
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600 # 14 days, the longest that SQS keeps
  tags                      = var.tags
}

resource "aws_kinesis_stream" "this" {
  for_each = local.own_streams

  name            = "${var.prefix}-${each.value.stream}"
  encryption_type = "KMS"
  kms_key_id      = "alias/aws/kinesis"
  tags            = var.tags

  stream_mode_details {
    stream_mode = "ON_DEMAND"
  }
}

resource "aws_sns_topic" "this" {
  for_each = local.own_topics

  name              = "${var.prefix}-${each.value.topic}"
  kms_master_key_id = "alias/aws/sns"
  tags              = var.tags
}
