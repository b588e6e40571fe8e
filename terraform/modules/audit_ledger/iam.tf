# Who may do what, as docs/dynamodb.md lists it. Each document is handed to the role that needs it.

locals {
  # DynamoDB and SQS decrypt on behalf of whoever calls them, and only then.
  through = [for service in ["dynamodb", "sqs"] : "${service}.${data.aws_region.current.id}.amazonaws.com"]
}

data "aws_iam_policy_document" "stored" {
  statement {
    sid       = "UseTheStoresKeyThroughTheStore"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [local.keys["store"]]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = local.through
    }
  }
}

data "aws_iam_policy_document" "writer" {
  source_policy_documents = [data.aws_iam_policy_document.stored.json]

  statement {
    sid       = "AppendRecords"
    actions   = ["dynamodb:PutItem"]
    resources = [aws_dynamodb_table.this.arn]
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

data "aws_iam_policy_document" "sealer" {
  #checkov:skip=CKV_AWS_356:ListStreams knows no resource; AWS's reference says so.
  source_policy_documents = [data.aws_iam_policy_document.stored.json]

  statement {
    sid       = "FollowTheStream"
    actions   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
    resources = [aws_dynamodb_table.this.stream_arn]
  }

  statement {
    sid       = "FindTheStreams"
    actions   = ["dynamodb:ListStreams"]
    resources = ["*"]
  }

  statement {
    sid       = "FetchWhatTheStreamLost"
    actions   = ["dynamodb:Query"]
    resources = [aws_dynamodb_table.this.arn]
  }
}

data "aws_iam_policy_document" "doctor" {
  source_policy_documents = [data.aws_iam_policy_document.stored.json]

  statement {
    sid       = "LookAtTheTable"
    actions   = ["dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive", "dynamodb:GetResourcePolicy", "dynamodb:Query", "dynamodb:Scan"]
    resources = [aws_dynamodb_table.this.arn]
  }
}

data "aws_iam_policy_document" "replayer" {
  source_policy_documents = [data.aws_iam_policy_document.stored.json]

  statement {
    sid       = "AppendRecords"
    actions   = ["dynamodb:PutItem"]
    resources = [aws_dynamodb_table.this.arn]
  }

  # A salt whose subject was forgotten meanwhile is let go; that it was is on record.
  statement {
    sid       = "LookForErasures"
    actions   = ["dynamodb:GetItem", "dynamodb:Query"]
    resources = [aws_dynamodb_table.this.arn, "${aws_dynamodb_table.this.arn}/index/by_subject"]
  }

  statement {
    sid       = "TakeFromTheSpill"
    actions   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    resources = [aws_sqs_queue.spill.arn]
  }
}

data "aws_iam_policy_document" "auditor" {
  # Looking is recorded, so an auditor writes, too.
  source_policy_documents = [data.aws_iam_policy_document.writer.json]

  statement {
    sid       = "ReadRecords"
    actions   = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"]
    resources = [aws_dynamodb_table.this.arn, "${aws_dynamodb_table.this.arn}/index/*"]
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
