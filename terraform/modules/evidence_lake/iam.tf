locals {
  objects   = module.bucket.planned_arn
  catalogue = "arn:${data.aws_partition.current.partition}:glue:${data.aws_region.current.id}:${local.account}"
  athena    = "arn:${data.aws_partition.current.partition}:athena:${data.aws_region.current.id}:${local.account}"
}

# Auditor and copier alike use the key for what lies in the bucket, and for nothing else.
data "aws_iam_policy_document" "through_s3" {
  statement {
    sid       = "UseTheKeyThroughS3"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${data.aws_region.current.id}.amazonaws.com"]
    }
  }
}

# Athena reads and writes in the name of who asks. So an auditor needs the right to write an answer,
# through Athena and in the one folder; there is no right to write anything else.
data "aws_iam_policy_document" "auditor" {
  source_policy_documents = [data.aws_iam_policy_document.through_s3.json]

  #checkov:skip=CKV_AWS_356:AWS knows no resource for the two lists of names that the console begins with.
  statement {
    sid = "AskInTheWorkgroup"
    actions = [
      "athena:BatchGetNamedQuery", "athena:BatchGetQueryExecution", "athena:GetNamedQuery",
      "athena:GetQueryExecution", "athena:GetQueryResults", "athena:GetQueryResultsStream",
      "athena:GetQueryRuntimeStatistics", "athena:GetWorkGroup", "athena:ListNamedQueries",
      "athena:ListQueryExecutions", "athena:StartQueryExecution", "athena:StopQueryExecution",
    ]
    resources = ["${local.athena}:workgroup/${var.name}"]
  }

  statement {
    sid       = "SeeWhatThereIs"
    actions   = ["athena:ListDataCatalogs", "athena:ListWorkGroups"]
    resources = ["*"]
  }

  statement {
    sid = "ReadTheTable"
    actions = [
      "glue:GetDatabase", "glue:GetDatabases", "glue:GetPartitions", "glue:GetTable", "glue:GetTables",
    ]
    resources = [
      "${local.catalogue}:catalog", "${local.catalogue}:database/${local.database}",
      "${local.catalogue}:table/${local.database}/records",
    ]
  }

  statement {
    sid       = "ReadTheCopyAndAnswers"
    actions   = ["s3:GetObject"]
    resources = ["${local.objects}/copy/*", "${local.objects}/answers/*"]
  }

  statement {
    sid       = "List"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket"]
    resources = [local.objects]
  }

  statement {
    sid       = "LetAthenaWriteAnswers"
    actions   = ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"]
    resources = ["${local.objects}/answers/*"]

    condition {
      test     = "ForAnyValue:StringEquals"
      variable = "aws:CalledVia"
      values   = ["athena.amazonaws.com"]
    }
  }
}

# For whoever runs `affidavit archive compact` and puts the folder here. Not for an auditor.
data "aws_iam_policy_document" "copier" {
  source_policy_documents = [data.aws_iam_policy_document.through_s3.json]

  statement {
    sid       = "ReplaceTheCopy"
    actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = ["${local.objects}/copy/*"]
  }

  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [local.objects]
  }
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = var.auditors
    }
  }
}

resource "aws_iam_role" "auditor" {
  count = length(var.auditors) == 0 ? 0 : 1

  name               = "${var.name}-auditor"
  description        = "Asks the copy of a sealed archive, and can do nothing else"
  assume_role_policy = data.aws_iam_policy_document.assume.json

  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_policy" "auditor" {
  count = length(var.auditors) == 0 ? 0 : 1

  name        = "${var.name}-auditor"
  description = "Asks the copy of a sealed archive, and can do nothing else"
  policy      = data.aws_iam_policy_document.auditor.json
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "auditor" {
  count = length(var.auditors) == 0 ? 0 : 1

  role       = aws_iam_role.auditor[0].name
  policy_arn = aws_iam_policy.auditor[0].arn
}
