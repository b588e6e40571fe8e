# The schema is the plugin's: plugins/dynamodb/affidavit_dynamodb/items.py, docs/dynamodb.md.
resource "aws_dynamodb_table" "this" {
  name                        = var.name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  deletion_protection_enabled = var.deletion_protection

  # Old and new: the sealer has to see what a change replaced.
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"
  tags             = var.tags

  dynamic "attribute" {
    for_each = { pk = "S", sk = "N", s = "S", t = "S" }

    content {
      name = attribute.key
      type = attribute.value
    }
  }

  # Each index costs a write for each event, so there is one; it repeats the actor.
  global_secondary_index {
    name               = "by_subject"
    hash_key           = "s"
    range_key          = "t"
    projection_type    = "INCLUDE"
    non_key_attributes = ["a"]
  }

  ttl {
    attribute_name = "x"
    enabled        = true
  }

  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = var.recovery_days
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = local.keys["store"]
  }

  dynamic "replica" {
    for_each = var.dr_region == null ? [] : [var.dr_region]

    content {
      region_name            = replica.value
      kms_key_arn            = var.dr_key_arn
      point_in_time_recovery = true
    }
  }
}

# PutItem stays, because writers need it; that it never overwrites is the condition in each put, and
# a put without the condition is an alarm of the stream. Expiry is DynamoDB's own and needs no right.
data "aws_iam_policy_document" "append_only" {
  statement {
    sid    = "NobodyChangesOrRemoves"
    effect = "Deny"
    actions = [
      "dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:UpdateItem",
      "dynamodb:PartiQLDelete", "dynamodb:PartiQLUpdate",
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

resource "aws_dynamodb_resource_policy" "append_only" {
  resource_arn = aws_dynamodb_table.this.arn
  policy       = data.aws_iam_policy_document.append_only.json
}

locals {
  replicator = "arn:${data.aws_partition.current.partition}:iam::${local.account}:role/aws-service-role/replication.dynamodb.amazonaws.com/AWSServiceRoleForDynamoDBReplication"
}

# Entries that the table did not take in time, until they are replayed.
resource "aws_sqs_queue" "spill" {
  name                       = "${var.name}-spill"
  kms_master_key_id          = local.keys["store"]
  message_retention_seconds  = var.spill_days * 86400
  visibility_timeout_seconds = 180 # six times the replayer's timeout, as Lambda asks for
  tags                       = var.tags
}

locals {
  alarms = {
    spilled = {
      namespace = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", dimensions = { QueueName = aws_sqs_queue.spill.name }
      statistic = "Maximum", minutes = 5, over = 300
      why       = "Entries wait in the spill queue and nobody replays them; affidavit verify calls them missing meanwhile."
    }
    throttled = {
      namespace = "AWS/DynamoDB", metric = "WriteThrottleEvents", dimensions = { TableName = aws_dynamodb_table.this.name }
      statistic = "Sum", minutes = 1, over = 0
      why       = "The table turns writers away: answers are withheld, or evidence takes the way through the queue."
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.why
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = 60
  evaluation_periods  = each.value.minutes
  threshold           = each.value.over
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  tags                = var.tags
}
