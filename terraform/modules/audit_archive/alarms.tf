# What the sealer counts, docs/dynamodb.md has the list, and what Lambda counts about it.
locals {
  alarms = {
    table-changed = {
      metric = "TableAlarms", function = "stream"
      why    = "Somebody changed or removed a record of the ledger. Run `affidavit verify` at once: it names the record."
    }
    unreadable = {
      metric = "StreamFailed", function = "stream"
      why    = "The table's stream brought an item that is no record. Find out who else writes to the table."
    }
    lost = {
      metric = "Lost", function = "checkpoint"
      why    = "Records are missing from the stream and from the table. Run `affidavit verify` at once."
    }
    rescued = {
      metric = "Rescued", function = "stream"
      why    = "Records expired that had never been sealed; they are sealed now. Find out why the stream had not brought them."
    }
    replay-failed = {
      metric = "ReplayFailed", function = "replay"
      why    = "Spilled entries could not be put into the table; after five tries they are in the dead letter queue."
    }

    # A verifier takes a newest checkpoint of more than 120 seconds for a sealer that stopped.
    checkpoint-stale = {
      metric = "Checkpoints", function = "checkpoint", minutes = 2, under = 1
      why    = "No checkpoint for two minutes: the sealer stopped, and what is newest is not sealed."
    }

    # A day without a look is as bad as one that finds something.
    drift = {
      metric = "Drift", function = "doctor", period = 86400, missing = "breaching"
      why    = "Functions, clocks, table or sealer are not as they were set up. Run `affidavit doctor --ledger`: it says which, and what to do."
    }

    # The stream forgets after 24 hours; ten minutes leave time to find out why.
    behind = {
      metric = "IteratorAge", function = "stream", namespace = "AWS/Lambda", statistic = "Maximum", minutes = 3, over = 600000
      why    = "The sealer is more than ten minutes behind the table; after 24 hours the stream forgets."
    }
  }

  namespace = lookup(var.settings, "AFFIDAVIT_NAMESPACE", "affidavit")
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.why
  namespace           = try(each.value.namespace, local.namespace)
  metric_name         = each.value.metric
  dimensions          = { FunctionName = module.sealer[each.value.function].name }
  statistic           = try(each.value.statistic, "Sum")
  period              = try(each.value.period, 60)
  evaluation_periods  = try(each.value.minutes, 1)
  threshold           = try(each.value.under, each.value.over, 0)
  comparison_operator = can(each.value.under) ? "LessThanThreshold" : "GreaterThanThreshold"
  treat_missing_data  = try(each.value.missing, can(each.value.under) ? "breaching" : "notBreaching")
  alarm_actions       = var.alarm_actions
  tags                = var.tags
}
