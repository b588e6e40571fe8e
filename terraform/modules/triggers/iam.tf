data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_iam_policy_document" "lost" {
  dynamic "statement" {
    for_each = { for index, queue in aws_sqs_queue.lost : index => queue.arn }

    content {
      sid       = "SetAsideWhatCannotBeDelivered"
      actions   = ["sqs:SendMessage"]
      resources = [statement.value]

      principals {
        type        = "Service"
        identifiers = ["events.amazonaws.com", "sns.amazonaws.com"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = concat([for name in keys(local.of.topic) : local.arns[name]], [for rule in aws_cloudwatch_event_rule.this : rule.arn], [statement.value])
      }
    }
  }
}

data "aws_iam_policy_document" "clock_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

data "aws_iam_policy_document" "clock" {
  statement {
    sid       = "StartTheFunction"
    actions   = ["lambda:InvokeFunction"]
    resources = [var.function.alias.arn]
  }

  dynamic "statement" {
    for_each = { for index, queue in aws_sqs_queue.lost : index => queue.arn }

    content {
      sid       = "SetAsideWhatCannotBeStarted"
      actions   = ["sqs:SendMessage"]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_role" "clock" {
  count = length(local.of.schedule) > 0 ? 1 : 0

  name               = "${var.name}-clock"
  description        = "Lets schedules start ${var.name}"
  assume_role_policy = data.aws_iam_policy_document.clock_assume.json

  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_policy" "clock" {
  count = length(local.of.schedule) > 0 ? 1 : 0

  name        = "${var.name}-clock"
  description = "Lets schedules start ${var.name}"
  policy      = data.aws_iam_policy_document.clock.json
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "clock" {
  count = length(local.of.schedule) > 0 ? 1 : 0

  role       = aws_iam_role.clock[0].name
  policy_arn = aws_iam_policy.clock[0].arn
}

# What Lambda reads in the function's role. Attached here and not there: the function must not wait for
# what it is triggered by.
resource "aws_iam_policy" "reader" {
  count = local.reads ? 1 : 0

  name        = "${var.name}-triggers"
  description = "Lets Lambda read for ${var.name}"
  policy      = data.aws_iam_policy_document.reader.json
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "reader" {
  count = local.reads ? 1 : 0

  role       = var.function.role_name
  policy_arn = aws_iam_policy.reader[0].arn
}

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
