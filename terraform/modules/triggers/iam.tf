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
        values   = concat([for name in keys(local.of.topic) : var.sources.arns[name]], [for rule in aws_cloudwatch_event_rule.this : rule.arn], [statement.value])
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
}

resource "aws_iam_policy" "clock" {
  count = length(local.of.schedule) > 0 ? 1 : 0

  name        = "${var.name}-clock"
  description = "Lets schedules start ${var.name}"
  policy      = data.aws_iam_policy_document.clock.json
}

resource "aws_iam_role_policy_attachment" "clock" {
  count = length(local.of.schedule) > 0 ? 1 : 0

  role       = aws_iam_role.clock[0].name
  policy_arn = aws_iam_policy.clock[0].arn
}
