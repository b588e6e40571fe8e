# Five roles, each with what it needs: function, sweeper, machine, and the policies of who runs
# scenarios. What the actions need comes from the actions themselves: rights.json.

locals {
  here = "${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}"
  arn  = "arn:${data.aws_partition.current.partition}"

  # Made for one run, with the run in their names.
  taps = {
    taps      = ["${local.arn}:sqs:${local.here}:itest-*"]
    tap_rules = ["${local.arn}:events:${local.here}:rule/itest-*", "${local.arn}:events:${local.here}:rule/*/itest-*"]
  }

  named = merge(local.taps, {
    tables      = concat(var.resources.tables, [for arn in var.resources.tables : "${arn}/index/*"])
    functions   = concat(var.resources.functions, [for arn in var.resources.functions : "${arn}:*"])
    queues      = var.resources.queues
    buses       = var.resources.buses
    buckets     = [for arn in var.resources.buckets : "${arn}/*"]
    ledgers     = concat(var.resources.ledgers, [for arn in var.resources.ledgers : "${arn}/index/*"])
    ledger_keys = var.resources.ledger_keys
    spills      = var.resources.spills

    bucket_lists = var.resources.buckets

    parameters = var.resources.parameters
    apis       = var.resources.apis
    topics     = var.resources.topics
    streams    = var.resources.streams
    machines   = var.resources.machines
    executions = [for arn in var.resources.machines : "${replace(arn, ":stateMachine:", ":execution:")}:*"]
  })

  # Objects of test data have their mark in the name, items in their key.
  own = merge(local.named, { buckets = [for arn in var.resources.buckets : "${arn}/itest-*"] })

  statements = {
    for role in ["read", "write", "sweep"] : role => [
      for one in local.rights[role] : merge(one, { resources = one.own_keys ? local.own[one.kind] : local.named[one.kind] })
    ]
  }
}

# What the harness keeps for itself, whatever scenarios may do.
data "aws_iam_policy_document" "notes" {
  statement {
    sid       = "KeepTheWayBack"
    actions   = ["dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:DeleteItem"]
    resources = [aws_dynamodb_table.undo.arn]
  }

  statement {
    sid       = "ReadScenarios"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${module.bucket.arn}/scenarios/*"]
  }

  statement {
    sid       = "WriteReports"
    actions   = ["s3:PutObject"]
    resources = ["${module.bucket.arn}/reports/*"]
  }

  statement {
    sid       = "KeepLargeCaptures"
    actions   = ["s3:PutObject", "s3:GetObject"]
    resources = ["${module.bucket.arn}/captured/*"]
  }

  statement {
    sid       = "UseTheKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]
  }

  dynamic "statement" {
    for_each = length(var.resources.secrets) > 0 ? [1] : []

    content {
      sid       = "ReadSecrets"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = var.resources.secrets
    }
  }

  dynamic "statement" {
    for_each = length(var.resources.parameters) > 0 ? [1] : []

    content {
      sid       = "ReadParameters"
      actions   = ["ssm:GetParameter"]
      resources = var.resources.parameters
    }
  }
}

data "aws_iam_policy_document" "action" {
  #checkov:skip=CKV_AWS_356:Only what is denied is denied everywhere.
  #checkov:skip=CKV_AWS_109:The same; what is allowed names its resources.
  #checkov:skip=CKV_AWS_111:The same as above.
  dynamic "statement" {
    for_each = [for one in local.statements[local.read_only ? "read" : "write"] : one if length(one.resources) > 0]

    content {
      actions   = statement.value.actions
      resources = statement.value.resources

      dynamic "condition" {
        for_each = statement.value.own_keys && statement.value.kind == "tables" ? [1] : []

        content {
          test     = "ForAllValues:StringLike"
          variable = "dynamodb:LeadingKeys"
          values   = ["itest-*"]
        }
      }

      # ForAllValues is true of nothing: a request without keys must not slip through.
      dynamic "condition" {
        for_each = statement.value.own_keys && statement.value.kind == "tables" ? [1] : []

        content {
          test     = "Null"
          variable = "dynamodb:LeadingKeys"
          values   = ["false"]
        }
      }
    }
  }

  statement {
    sid    = "NeverWhateverElseIsSaid"
    effect = "Deny"
    actions = [
      "dynamodb:DeleteTable", "dynamodb:UpdateTable", "dynamodb:UpdateTimeToLive", "iam:*", "kms:ScheduleKeyDeletion",
      "kms:PutKeyPolicy", "kms:CreateGrant", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "s3:DeleteBucket",
    ]
    resources = ["*"]
  }

  # The fourth wall in production, after the command line, the engine and the client.
  dynamic "statement" {
    for_each = local.read_only ? [1] : []

    content {
      sid    = "ProductionIsReadOnly"
      effect = "Deny"
      actions = [
        "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "dynamodb:PartiQL*",
        "events:Put*", "events:Delete*", "lambda:InvokeFunction", "s3:Put*", "s3:Delete*", "sqs:SendMessage", "sqs:CreateQueue",
        "sqs:DeleteQueue", "sqs:PurgeQueue",
      ]
      # An audited read leaves a record; the ledger's table takes additions only.
      not_resources = concat(var.resources.ledgers, var.resources.spills, [
        aws_dynamodb_table.undo.arn, "${module.bucket.arn}/reports/*", "${local.arn}:sqs:${local.here}:${local.full}-*-dead",
      ])
    }
  }
}

data "aws_iam_policy_document" "sweep" {
  dynamic "statement" {
    for_each = [for one in local.statements["sweep"] : one if length(one.resources) > 0 && !local.read_only]

    content {
      actions   = statement.value.actions
      resources = statement.value.resources

      dynamic "condition" {
        for_each = statement.value.own_keys && statement.value.kind == "tables" ? [1] : []

        content {
          test     = "ForAllValues:StringLike"
          variable = "dynamodb:LeadingKeys"
          values   = ["itest-*"]
        }
      }
    }
  }
}

data "aws_iam_policy_document" "assume_machine" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["states.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["${local.arn}:states:${local.here}:stateMachine:${local.full}*"]
    }
  }
}

resource "aws_iam_role" "machine" {
  name               = "${local.full}-machine"
  description        = "What the state machine ${local.full} may do"
  assume_role_policy = data.aws_iam_policy_document.assume_machine.json

  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

data "aws_iam_policy_document" "machine" {
  #checkov:skip=CKV_AWS_111:Log delivery and X-Ray cannot be limited to a resource; AWS's reference says so.
  #checkov:skip=CKV_AWS_356:The same two as above.
  statement {
    sid       = "CallTheFunction"
    actions   = ["lambda:InvokeFunction"]
    resources = [module.function.alias_arn]
  }

  statement {
    sid = "DeliverLogsAndTraces"
    actions = [
      "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:ListLogDeliveries",
      "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups", "xray:PutTraceSegments",
      "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "machine" {
  name   = "${local.full}-machine"
  role   = aws_iam_role.machine.id
  policy = data.aws_iam_policy_document.machine.json
}

# For people and pipelines: no right to any data, and none to pass a role.
data "aws_iam_policy_document" "operator" {
  statement {
    sid       = "StartRuns"
    actions   = ["states:StartExecution"]
    resources = [aws_sfn_state_machine.this.arn, "${aws_sfn_state_machine.this.arn}:*"]
  }

  statement {
    sid       = "FollowAndEndRuns"
    actions   = ["states:DescribeExecution", "states:GetExecutionHistory", "states:StopExecution"]
    resources = ["${local.arn}:states:${local.here}:execution:${local.full}:*"]
  }

  # Many runs are followed by one list: see which go on.
  statement {
    sid       = "ListRuns"
    actions   = ["states:ListExecutions"]
    resources = [aws_sfn_state_machine.this.arn, "${aws_sfn_state_machine.this.arn}:*"]
  }

  statement {
    sid       = "UploadScenarios"
    actions   = ["s3:PutObject"]
    resources = ["${module.bucket.arn}/scenarios/*"]
  }

  statement {
    sid       = "ReadReports"
    actions   = ["s3:GetObject"]
    resources = ["${module.bucket.arn}/reports/*"]
  }

  statement {
    sid       = "AskARunToStop"
    actions   = ["dynamodb:PutItem"]
    resources = [aws_dynamodb_table.undo.arn]

    # A wish to stop has these and no more: nobody writes an undo that was never planned.
    condition {
      test     = "ForAllValues:StringEquals"
      variable = "dynamodb:Attributes"
      values   = ["run", "number", "expires_at"]
    }
  }

  statement {
    sid       = "ReadLogs"
    actions   = ["logs:FilterLogEvents", "logs:StartLiveTail"]
    resources = [for name in local.logs : "${local.arn}:logs:${local.here}:log-group:${name}:*"]
  }

  # Before many runs start: how many of them the function takes at once.
  statement {
    sid       = "AskHowManyAtOnce"
    actions   = ["lambda:GetFunctionConcurrency"]
    resources = [module.function.arn]
  }

  statement {
    sid       = "UseTheKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]

    condition {
      test     = "StringLike"
      variable = "kms:ViaService"
      values   = ["s3.*.amazonaws.com", "dynamodb.*.amazonaws.com"]
    }
  }
}

resource "aws_iam_policy" "operator" {
  name        = "${local.full}-operator"
  description = "Run scenarios in ${local.full}, and read their reports"
  policy      = data.aws_iam_policy_document.operator.json
  tags        = var.tags
}
