# What the sealer counts, docs/dynamodb.md has the list, and what Lambda counts about it.
locals {
  alarms = {
    table-changed = {
      metric = "TableAlarms", function = "stream", over = 0
      why    = "Somebody changed or removed a record of the ledger. Run `affidavit verify` at once: it names the record."
    }
    unreadable = {
      metric = "StreamFailed", function = "stream", over = 0
      why    = "The table's stream brought an item that is no record. Find out who else writes to the table."
    }
    lost = {
      metric = "Lost", function = "checkpoint", over = 0
      why    = "Records are missing from the stream and from the table. Run `affidavit verify` at once."
    }
    replay-failed = {
      metric = "ReplayFailed", function = "replay", over = 0
      why    = "Spilled entries could not be put into the table; after five tries they are in the dead letter queue."
    }
  }

  namespace = lookup(var.settings, "AFFIDAVIT_NAMESPACE", "affidavit")
}

resource "aws_cloudwatch_metric_alarm" "counted" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.why
  namespace           = local.namespace
  metric_name         = each.value.metric
  dimensions          = { FunctionName = module.sealer[each.value.function].name }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = each.value.over
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
}

# A verifier takes a newest checkpoint of more than 120 seconds for a sealer that stopped.
resource "aws_cloudwatch_metric_alarm" "stale" {
  alarm_name          = "${var.name}-checkpoint-stale"
  alarm_description   = "No checkpoint for two minutes: the sealer stopped, and what is newest is not sealed."
  namespace           = local.namespace
  metric_name         = "Checkpoints"
  dimensions          = { FunctionName = module.sealer["checkpoint"].name }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 2
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = var.alarm_actions
}

# The stream forgets after 24 hours; ten minutes leave time to find out why.
resource "aws_cloudwatch_metric_alarm" "behind" {
  alarm_name          = "${var.name}-behind"
  alarm_description   = "The sealer is more than ten minutes behind the table; after 24 hours the stream forgets."
  namespace           = "AWS/Lambda"
  metric_name         = "IteratorAge"
  dimensions          = { FunctionName = module.sealer["stream"].name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 3
  threshold           = 600000
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
}
