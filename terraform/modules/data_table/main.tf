resource "aws_dynamodb_table" "this" {
  count = var.made_elsewhere ? 0 : 1

  name                        = var.name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = var.key
  deletion_protection_enabled = var.deletion_protection
  tags                        = var.tags

  attribute {
    name = var.key
    type = "S"
  }

  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = var.recovery_days
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }

  # A replica is fed by a stream, too.
  stream_enabled   = var.stream || var.dr != null
  stream_view_type = var.stream || var.dr != null ? "NEW_AND_OLD_IMAGES" : null

  dynamic "replica" {
    for_each = var.dr == null ? [] : [var.dr]

    content {
      region_name            = replica.value.region
      kms_key_arn            = replica.value.kms_key_arn
      point_in_time_recovery = true
    }
  }
}

data "aws_dynamodb_table" "elsewhere" {
  count = var.made_elsewhere && var.stream ? 1 : 0

  name = var.name
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  elsewhere = "arn:${data.aws_partition.current.partition}:dynamodb:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:table/${var.name}"
  arn       = var.made_elsewhere ? local.elsewhere : aws_dynamodb_table.this[0].arn
}

data "aws_iam_policy_document" "reader" {
  statement {
    sid       = "ReadItems"
    actions   = ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:Query"]
    resources = [local.arn]
  }

  statement {
    sid       = "DecryptThroughTheTable"
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["dynamodb.${data.aws_region.current.id}.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "writer" {
  source_policy_documents = [data.aws_iam_policy_document.reader.json]

  statement {
    sid       = "WriteItems"
    actions   = ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
    resources = [local.arn]
  }
}
