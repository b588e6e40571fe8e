# The rights of audit_ledger, on this region's replicas.
data "aws_iam_policy_document" "stored" {
  statement {
    sid       = "UseTheStoresKeyThroughTheStore"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = concat([local.keys["store"]], local.salts_keys)

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = [for service in ["dynamodb", "sqs"] : "${service}.${data.aws_region.current.id}.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "writer" {
  source_policy_documents = [data.aws_iam_policy_document.stored.json]

  statement {
    sid       = "AppendRecords"
    actions   = ["dynamodb:PutItem"]
    resources = [local.table_arn]
  }

  statement {
    sid       = "StartChains"
    actions   = ["kms:GenerateDataKey"]
    resources = [local.keys["chain"]]
  }

  statement {
    sid       = "MakeTokens"
    actions   = ["kms:GenerateMac"]
    resources = [local.keys["tokens"]]
  }

  statement {
    sid       = "SpillOnABadDay"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.spill.arn]
  }
}

data "aws_iam_policy_document" "salts" {
  for_each = length(local.salts_arns) == 0 ? {} : local.salts_roles

  statement {
    sid       = "UseSalts"
    actions   = each.value
    resources = local.salts_arns
  }
}

data "aws_iam_policy_document" "replayer" {
  source_policy_documents = concat(
    [data.aws_iam_policy_document.stored.json],
    [for role, salts in data.aws_iam_policy_document.salts : salts.json if role == "handler"],
  )

  statement {
    sid       = "AppendRecords"
    actions   = ["dynamodb:PutItem"]
    resources = [local.table_arn]
  }

  statement {
    sid       = "LookForErasures"
    actions   = ["dynamodb:GetItem", "dynamodb:Query"]
    resources = [local.table_arn, "${local.table_arn}/index/by_subject"]
  }

  statement {
    sid       = "TakeFromTheSpill"
    actions   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    resources = [aws_sqs_queue.spill.arn]
  }
}

data "aws_iam_policy_document" "auditor" {
  source_policy_documents = [data.aws_iam_policy_document.writer.json]

  statement {
    sid       = "ReadRecords"
    actions   = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"]
    resources = [local.table_arn, "${local.table_arn}/index/*"]
  }

  # What waits there is what an answer does not cover.
  statement {
    sid       = "SeeHowMuchIsSpilled"
    actions   = ["sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.spill.arn]
  }

  statement {
    sid       = "OpenChains"
    actions   = ["kms:Decrypt"]
    resources = [local.keys["chain"]]
  }
}
