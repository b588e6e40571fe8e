locals {
  from_disk = var.artifact.path != null

  # What CloudWatch masks if redaction in the function ever fails: a second net, not the first.
  identifiers = [
    for name in [
      "AwsSecretKey", "CreditCardNumber", "CreditCardSecurityCode", "EmailAddress",
      "OpenSshPrivateKey", "PgpPrivateKey", "PkcsPrivateKey", "PuttyPrivateKey",
      "DriversLicense-US", "PassportNumber-US", "PhoneNumber-US", "Ssn-US",
    ] : "arn:${data.aws_partition.current.partition}:dataprotection::aws:data-identifier/${name}"
  ]
}

data "aws_partition" "current" {}

# Made before the function, which has no right to create one: a group that Lambda made would keep
# its lines for ever.
resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_338:The policy file says how long; the regulated ones say 400 days for prod.
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

resource "aws_cloudwatch_log_data_protection_policy" "this" {
  log_group_name = aws_cloudwatch_log_group.this.name

  policy_document = jsonencode({
    Name    = "personal-data"
    Version = "2021-06-01"
    Statement = [
      { Sid = "audit", DataIdentifier = local.identifiers, Operation = { Audit = { FindingsDestination = {} } } },
      { Sid = "mask", DataIdentifier = local.identifiers, Operation = { Deidentify = { MaskConfig = {} } } },
    ]
  })
}

resource "aws_sqs_queue" "dead" {
  name                      = "${var.name}-dead"
  kms_master_key_id         = var.kms_key_arn
  message_retention_seconds = 1209600 # 14 days, the longest that SQS keeps
  tags                      = var.tags
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_117:A function without a database needs no VPC; with one, network says which.
  #checkov:skip=CKV_AWS_272:The artifact is pinned by SHA-256 and object version; code signing would add a signer to trust.
  function_name = var.name
  role          = local.role_arn
  handler       = var.handler
  runtime       = var.compute.runtime
  architectures = [var.compute.architecture]
  layers        = var.compute.layers
  memory_size   = var.compute.memory_mb
  timeout       = var.compute.timeout_seconds
  publish       = true
  kms_key_arn   = var.kms_key_arn

  filename          = var.artifact.path
  s3_bucket         = var.artifact.bucket
  s3_key            = var.artifact.key
  s3_object_version = var.artifact.object_version
  source_code_hash  = local.from_disk ? filebase64sha256(coalesce(var.artifact.path, "/")) : var.artifact.sha256_base64

  reserved_concurrent_executions = var.compute.reserved_concurrency

  # `affidavit release canary` reads these.
  tags = merge(var.tags, var.canary == null ? {} : {
    CanaryPercent = format("%.0f", var.canary.weight * 100)
    CanaryMinutes = tostring(var.canary.minutes)
  })

  environment {
    variables = var.settings
  }

  dead_letter_config {
    target_arn = aws_sqs_queue.dead.arn
  }

  tracing_config {
    mode = "Active"
  }

  dynamic "snap_start" {
    for_each = var.compute.snap_start ? [1] : []

    content {
      apply_on = "PublishedVersions"
    }
  }

  dynamic "vpc_config" {
    for_each = var.network == null ? [] : [var.network]

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  # Rights and log group first: the first invocation must find both.
  depends_on = [aws_iam_role_policy_attachment.this, aws_iam_role_policy_attachment.managed, aws_cloudwatch_log_group.this]
}

# Event sources call the alias, so that a new version takes over at once and going back is one step.
resource "aws_lambda_alias" "live" {
  count = var.canary == null ? 1 : 0

  name             = "live"
  description      = "What event sources call."
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version
}

# The same alias where `affidavit release` moves traffic: made here, and left alone from then on.
# docs/adr/0014 says why this is a resource of its own, and what it costs.
resource "aws_lambda_alias" "released" {
  count = var.canary == null ? 0 : 1

  name             = "live"
  description      = "What event sources call; affidavit release moves it."
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version

  lifecycle {
    ignore_changes = [function_version, routing_config]
  }
}

locals {
  live = one(concat(aws_lambda_alias.live, aws_lambda_alias.released))
}

# A canary's alarm stays raised for as long as one is watched after one bad minute, so that looking now
# and then is enough. It cannot tell the versions of the alias apart: errors of the old one end a canary, too.
locals {
  function = { FunctionName = aws_lambda_function.this.function_name }

  alarms = merge({
    errors       = { metric = "Errors", dimensions = local.function, why = "Invocations ended with an error: see handler.failed and answer.withheld in the log." }
    throttles    = { metric = "Throttles", dimensions = local.function, why = "Invocations were turned away: raise reserved_concurrency or find who calls so much." }
    dead-letters = { metric = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = aws_sqs_queue.dead.name }, why = "Events could not be handled and wait in the dead letter queue, for at most 14 days." }
    }, var.canary == null ? {} : {
    canary = { metric = "Errors", dimensions = merge(local.function, { Resource = "${var.name}:live" }), why = "A canary is taken back: affidavit release watches this." }
  })
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.why
  namespace           = contains(keys(each.value.dimensions), "QueueName") ? "AWS/SQS" : "AWS/Lambda"
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.key == "dead-letters" ? "Maximum" : "Sum"
  period              = 60
  evaluation_periods  = each.key == "canary" ? var.canary.minutes : 1
  datapoints_to_alarm = each.key == "canary" ? 1 : null
  threshold           = each.key == "canary" ? var.canary.max_errors : 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  tags                = var.tags
}
