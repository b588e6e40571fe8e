# Salts of subjects, as plugins/dynamodb/affidavit_dynamodb/subjects.py keeps them. What is deleted here
# has to be gone: a backup or a stream remembers, so there is none unless it was asked for.
data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  replicated = var.dr_region != null
  root       = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"
  regions    = compact([data.aws_region.current.id, var.dr_region])
}

resource "aws_dynamodb_table" "this" {
  #checkov:skip=CKV_AWS_28:A backup brings back whom somebody asked to forget; recovery_days says for how long that may be.
  name                        = var.name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  deletion_protection_enabled = var.deletion_protection

  # A replica needs a stream, and a stream remembers for 24 hours.
  stream_enabled   = local.replicated
  stream_view_type = local.replicated ? "NEW_AND_OLD_IMAGES" : null
  tags             = var.tags

  attribute {
    name = "pk"
    type = "S"
  }

  point_in_time_recovery {
    enabled                 = var.recovery_days > 0
    recovery_period_in_days = var.recovery_days > 0 ? var.recovery_days : null
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.this.arn
  }

  dynamic "replica" {
    for_each = local.replicated ? [var.dr_region] : []

    content {
      region_name            = replica.value
      kms_key_arn            = var.dr_key_arn
      point_in_time_recovery = var.recovery_days > 0
    }
  }
}

# A salt is made once and destroyed once. Nobody changes one, and nobody lists them all.
data "aws_iam_policy_document" "table" {
  statement {
    sid    = "NobodyChangesOrLists"
    effect = "Deny"
    actions = [
      "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:UpdateItem",
      "dynamodb:PartiQLDelete", "dynamodb:PartiQLInsert", "dynamodb:PartiQLSelect", "dynamodb:PartiQLUpdate",
    ]
    resources = [aws_dynamodb_table.this.arn]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    # The role that carries changes from replica to replica; a denial would stop it, after 20 hours for good.
    dynamic "condition" {
      for_each = var.dr_region == null ? [] : [1]

      content {
        test     = "ArnNotEquals"
        variable = "aws:PrincipalArn"
        values   = [local.replicator]
      }
    }
  }
}

resource "aws_dynamodb_resource_policy" "this" {
  resource_arn = aws_dynamodb_table.this.arn
  policy       = data.aws_iam_policy_document.table.json
}

locals {
  replicator = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:role/aws-service-role/replication.dynamodb.amazonaws.com/AWSServiceRoleForDynamoDBReplication"
}

# What is gone stays gone, so many at once are looked at while most are still there.
resource "aws_cloudwatch_metric_alarm" "erasures" {
  alarm_name          = "${var.name}-erasures"
  alarm_description   = "More subjects were forgotten in an hour than people ask for: take the right away first, then look."
  namespace           = "AWS/DynamoDB"
  metric_name         = "SuccessfulRequestLatency"
  dimensions          = { TableName = aws_dynamodb_table.this.name, Operation = "DeleteItem" }
  statistic           = "SampleCount"
  period              = 3600
  evaluation_periods  = 1
  threshold           = var.erasures_an_hour
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  tags                = var.tags
}
