# What Lambda reads in the function's role.
data "aws_iam_policy_document" "reader" {
  #checkov:skip=CKV_AWS_356:ListStreams knows no resource; AWS's reference says so.
  dynamic "statement" {
    for_each = length(local.of.queue) == 0 ? [] : [values(local.queue_arns)]

    content {
      sid       = "TakeFromItsQueues"
      actions   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(local.of.table) == 0 ? [] : [[for one in values(local.of.table) : one.table]]

    content {
      sid       = "FollowItsTables"
      actions   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(local.of.table) == 0 ? [] : [1]

    content {
      sid       = "FindStreamsOfTables"
      actions   = ["dynamodb:ListStreams"]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = length(local.of.table) == 0 ? [] : [1]

    content {
      sid       = "DecryptThroughTheStreams"
      actions   = ["kms:Decrypt"]
      resources = [var.kms_key_arn]

      condition {
        test     = "StringLike"
        variable = "kms:ViaService"
        values   = ["dynamodb.*.amazonaws.com"]
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.of.stream) == 0 ? [] : [values(local.stream_arns)]

    content {
      sid = "FollowItsStreams"
      actions = [
        "kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords",
        "kinesis:GetShardIterator", "kinesis:ListShards",
      ]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(local.of.stream) == 0 ? [] : [1]

    content {
      sid       = "FindStreams"
      actions   = ["kinesis:ListStreams"]
      resources = ["*"]
    }
  }
}
