data "aws_region" "current" {}

locals {
  # The dimensions of every metric of the kernel, docs/operations.md.
  schema = "SCHEMA(\"${var.namespace}\", Action, FunctionName)"

  alarms = {
    withheld = {
      metric = "Withheld", statistic = "SUM", over = 0
      why    = "Answers were not given because their evidence could not be kept; callers got 503. Look for answer.withheld."
    }
    spilled = {
      metric = "LedgerSpilled", statistic = "SUM", over = 0
      why    = "The table did not take records in time; they went to the spill queue and are replayed from there."
    }
    off-record = {
      metric = "OffRecord", statistic = "SUM", over = 0
      why    = "A handler reached past its sources to something that the policy does not list. The closing record's `off` says to what."
    }
    metrics-rejected = {
      metric = "MetricsRejected", statistic = "SUM", over = 0
      why    = "Metrics broke a rule of CloudWatch and were left out. Look for metric.rejected."
    }
    evidence-slow = {
      metric = "AuditWriteLatency", statistic = "MAX", over = var.latency_ms
      why    = "Evidence takes so long that callers notice. Look at the table's and KMS's latency."
    }
  }

  queries = {
    failures = "filter event in [\"handler.failed\", \"answer.withheld\", \"emit.failed\"] | fields @timestamp, event, request_id, error_type, reason | sort @timestamp desc | limit 200"
    refusals = "filter event = \"request.refused\" | stats count(*) as refusals by reason, code | sort refusals desc"
    slowest  = "filter event = \"invocation.completed\" | fields @timestamp, action, request_id, duration_ms, outcome | sort duration_ms desc | limit 50"
    outcomes = "filter event = \"invocation.completed\" | stats count(*) as invocations, pct(duration_ms, 99) as p99_ms by action, outcome, bin(5m)"
  }

  widgets = [
    { title = "How invocations ended", metrics = ["Answered", "Refused", "Failed", "Withheld"], statistic = "Sum" },
    { title = "What evidence costs, milliseconds", metrics = ["AuditWriteLatency", "Duration"], statistic = "p99" },
    { title = "Evidence on its way, and lost metrics", metrics = ["LedgerSpilled", "MetricsRejected"], statistic = "Sum" },
    { title = "Cold starts", metrics = ["ColdStart"], statistic = "Sum" },
  ]
}

# Metrics have a dimension per action; these alarms add all of them up, so that a new action is
# watched from its first invocation.
resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.why
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = each.value.over
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  tags                = var.tags

  metric_query {
    id          = "q"
    expression  = "SELECT ${each.value.statistic}(${each.value.metric}) FROM ${local.schema}"
    period      = 60
    return_data = true
  }
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name

  dashboard_body = jsonencode({
    widgets = concat(
      [for place, widget in local.widgets : {
        type   = "metric"
        x      = (place % 2) * 12
        y      = floor(place / 2) * 6
        width  = 12
        height = 6
        properties = {
          title  = widget.title
          region = data.aws_region.current.id
          view   = "timeSeries"
          period = 60
          metrics = [for metric in widget.metrics : [{
            expression = "SEARCH('{\"${var.namespace}\",Action,FunctionName} MetricName=\"${metric}\"', '${widget.statistic}', 60)"
            label      = metric
          }]]
        }
      }],
      [{
        type   = "metric"
        x      = 0
        y      = 12
        width  = 24
        height = 6
        properties = {
          title   = "Lambda: errors and turned away"
          region  = data.aws_region.current.id
          view    = "timeSeries"
          period  = 60
          stat    = "Sum"
          metrics = concat([for name in var.functions : ["AWS/Lambda", "Errors", "FunctionName", name]], [for name in var.functions : ["AWS/Lambda", "Throttles", "FunctionName", name]])
        }
      }],
    )
  })
}

resource "aws_cloudwatch_query_definition" "this" {
  for_each = local.queries

  name            = "${var.name}/${each.key}"
  log_group_names = var.log_group_names
  query_string    = each.value
}

resource "aws_xray_sampling_rule" "this" {
  count = var.sample_percent == null ? 0 : 1

  rule_name      = var.name
  priority       = 1000
  version        = 1
  reservoir_size = 1
  fixed_rate     = var.sample_percent / 100
  service_type   = "*"
  service_name   = "${var.name}*"
  host           = "*"
  http_method    = "*"
  url_path       = "*"
  resource_arn   = "*"
  tags           = var.tags
}
