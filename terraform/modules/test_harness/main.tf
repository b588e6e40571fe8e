data "aws_partition" "current" {}
data "aws_region" "current" {}
data "aws_caller_identity" "current" {}

locals {
  full      = "${var.name}-harness"
  read_only = !var.environment.tests_may_write
  bucket    = "${local.full}-${data.aws_caller_identity.current.account_id}"
  namespace = "affidavit/${local.full}"
  plugins   = compact(split(",", lookup(var.settings, "AFFIDAVIT_PLUGINS", "")))

  # `affidavit scenario rights` and `affidavit scenario machine` made these; a test compares them.
  rights     = jsondecode(file("${path.module}/rights.json"))
  definition = templatefile("${path.module}/machine.asl.json", { function_arn = module.function.alias_arn })

  said = jsonencode({
    env           = var.environment.name
    read_only     = local.read_only
    hosts         = var.scenarios.hosts
    local_targets = var.scenarios.local_targets
    outputs       = var.scenarios.outputs
    undo_table    = aws_dynamodb_table.undo.name
    bucket        = local.bucket
    namespace     = local.namespace
    plugins       = length(local.plugins) > 0 ? local.plugins : null
  })
}

# The way back of every write, kept before it. TTL is the last of four nets: the machine's own
# clean-up, the rule below, and the hourly sweep come first.
resource "aws_dynamodb_table" "undo" {
  #checkov:skip=CKV_AWS_28:What is in it lives for hours; there is nothing to go back to.
  name         = "${local.full}-undo"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "run"
  range_key    = "number"
  tags         = var.tags

  attribute {
    name = "run"
    type = "S"
  }

  attribute {
    name = "number"
    type = "N"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }
}

module "bucket" {
  source = "../private_bucket"

  name        = local.bucket
  kms_key_arn = var.kms_key_arn
  locked      = false
  tags        = var.tags
}

# Scenarios are in version control, and reports expire.
resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket = module.bucket.name

  rule {
    id     = "everything"
    status = "Enabled"

    filter {}

    expiration {
      days = var.days.reports
    }

    noncurrent_version_expiration {
      noncurrent_days = 7
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

module "function" {
  source = "../audited_function"

  name               = "${local.full}-action"
  artifact           = var.artifact
  handler            = "affidavit_harness.handler.handler"
  settings           = merge(var.settings, { HARNESS = local.said })
  rights             = { documents = [data.aws_iam_policy_document.notes.json, data.aws_iam_policy_document.action.json], boundary = var.permissions_boundary }
  kms_key_arn        = var.kms_key_arn
  log_retention_days = var.days.logs
  alarm_actions      = var.alarm_actions
  compute            = merge(var.compute, { timeout_seconds = 110 })
  tags               = var.tags
}

# Another function with another role: it takes back, and can do nothing else.
module "sweeper" {
  source = "../audited_function"

  name               = "${local.full}-sweeper"
  artifact           = var.artifact
  handler            = "affidavit_harness.handler.handler"
  settings           = merge(var.settings, { HARNESS = local.said })
  rights             = { documents = [data.aws_iam_policy_document.notes.json, data.aws_iam_policy_document.sweep.json], boundary = var.permissions_boundary }
  kms_key_arn        = var.kms_key_arn
  log_retention_days = var.days.logs
  alarm_actions      = var.alarm_actions
  compute            = merge(var.compute, { timeout_seconds = 300, reserved_concurrency = min(var.compute.reserved_concurrency, 2) })
  tags               = var.tags
}

# Log groups of state machines under this prefix share one resource policy, which has a limit.
resource "aws_cloudwatch_log_group" "machine" {
  #checkov:skip=CKV_AWS_338:The policy file says how long; the regulated ones say 400 days for prod.
  name              = "/aws/vendedlogs/states/${local.full}"
  retention_in_days = var.days.logs
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

# What a run wrote, across services, and how runs went: to be asked by hand.
resource "aws_cloudwatch_query_definition" "this" {
  for_each = local.queries

  name            = "${local.full}/${each.key}"
  log_group_names = local.logs
  query_string    = each.value
}

resource "aws_sfn_state_machine" "this" {
  #checkov:skip=CKV_AWS_285:The check wants execution data in the log, and that data may name people; everything else is logged.
  name       = local.full
  role_arn   = aws_iam_role.machine.arn
  definition = local.definition
  publish    = true
  tags       = var.tags

  # Without data: history and log are read by more people than the data is for.
  logging_configuration {
    level                  = "ALL"
    include_execution_data = false
    log_destination        = "${aws_cloudwatch_log_group.machine.arn}:*"
  }

  tracing_configuration {
    enabled = true
  }

  depends_on = [aws_iam_role_policy.machine]
}

resource "aws_sfn_alias" "live" {
  name = "live"

  routing_configuration {
    state_machine_version_arn = aws_sfn_state_machine.this.state_machine_version_arn
    weight                    = 100
  }
}

# A timeout or a stop from outside runs no state at all; the event may get lost, the hour not.
resource "aws_cloudwatch_event_rule" "sweep" {
  for_each = {
    ended = jsonencode({
      source        = ["aws.states"]
      "detail-type" = ["Step Functions Execution Status Change"]
      detail = {
        status          = ["FAILED", "TIMED_OUT", "ABORTED"]
        stateMachineArn = [aws_sfn_state_machine.this.arn]
      }
    })
    hourly = null
  }

  name                = "${local.full}-${each.key}"
  description         = "Lets the sweeper take back what a run has left behind."
  event_pattern       = each.value
  schedule_expression = each.value == null ? "rate(1 hour)" : null
  tags                = var.tags
}

resource "aws_cloudwatch_event_target" "sweep" {
  for_each = aws_cloudwatch_event_rule.sweep

  rule      = each.value.name
  target_id = "sweeper"
  arn       = module.sweeper.alias_arn
  input     = each.key == "hourly" ? jsonencode({ op = "sweep" }) : null

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 8
  }

  dead_letter_config {
    arn = module.sweeper.dead_letters.arn
  }
}

# EventBridge sends events aside in its own name, so the queue's policy and the key's have to let it.
data "aws_iam_policy_document" "sweeper_dead" {
  statement {
    sid       = "RulesSetEventsAside"
    actions   = ["sqs:SendMessage"]
    resources = [module.sweeper.dead_letters.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      # By name: a queue's policy takes half a minute, and need not wait for the machine that a rule names.
      values = [for name in ["ended", "hourly"] : "arn:${data.aws_partition.current.partition}:events:${local.here}:rule/${local.full}-${name}"]
    }
  }
}

resource "aws_sqs_queue_policy" "sweeper_dead" {
  queue_url = module.sweeper.dead_letters.url
  policy    = data.aws_iam_policy_document.sweeper_dead.json
}

resource "aws_lambda_permission" "sweep" {
  for_each = aws_cloudwatch_event_rule.sweep

  statement_id  = "sweep-${each.key}"
  action        = "lambda:InvokeFunction"
  function_name = module.sweeper.name
  qualifier     = "live"
  principal     = "events.amazonaws.com"
  source_arn    = each.value.arn
}

locals {
  alarms = {
    errored = { metric = "Errored", why = "A scenario could not be judged: the harness or AWS is to blame, not what is tested." }
    leaked  = { metric = "LeakedItems", why = "Test data was left behind. Run affidavit scenario cleanup, and look why the undo failed." }
  }

  # The function's own log first, then the machine's, then those of what is tested.
  logs = concat([module.function.log_group_name, aws_cloudwatch_log_group.machine.name], var.scenarios.logs)

  queries = {
    one_run  = "fields @timestamp, @log, @message | filter @message like /PUT-THE-RUN-OR-ITS-TRACE-HERE/ | sort @timestamp asc | limit 1000"
    verdicts = "filter ispresent(RunDuration) | stats sum(Passed) as passed, sum(Failed) as failed, sum(Errored) as errored, sum(LeakedItems) as leaked, pct(RunDuration, 90) as p90_ms by bin(1h)"
    errors   = "fields @timestamp, @log, @message | filter @message like /Task timed out|Runtime[.]|\\[ERROR\\]|TaskFailed|ExecutionFailed/ | sort @timestamp desc | limit 200"
    slowest  = "filter ispresent(RunDuration) | sort RunDuration desc | fields @timestamp, RunDuration, Polls | limit 50"
  }

  widgets = [
    { title = "Verdicts", metrics = ["Passed", "Failed", "Errored"], statistic = "Sum" },
    { title = "Test data left behind, and swept", metrics = ["LeakedItems", "Swept"], statistic = "Sum" },
    { title = "How long runs take, milliseconds", metrics = ["RunDuration"], statistic = "p90" },
    { title = "Looks that had to be repeated", metrics = ["Polls"], statistic = "Sum" },
  ]
}

# Not on AWS/States: ExecutionsFailed counts a test that found something like a harness that broke.
resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${local.full}-${each.key}"
  alarm_description   = each.value.why
  namespace           = local.namespace
  metric_name         = each.value.metric
  dimensions          = { Environment = var.environment.name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  tags                = var.tags
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = local.full

  dashboard_body = jsonencode({
    widgets = [for place, widget in local.widgets : {
      type   = "metric"
      x      = (place % 2) * 12
      y      = floor(place / 2) * 6
      width  = 12
      height = 6

      properties = {
        title   = widget.title
        region  = data.aws_region.current.id
        stat    = widget.statistic
        period  = 300
        metrics = [for metric in widget.metrics : [local.namespace, metric, "Environment", var.environment.name]]
      }
    }]
  })
}
