data "aws_iam_policy_document" "bucket" {
  source_policy_documents = [module.bucket.transport_policy]

  statement {
    sid       = "OnlyWritersWrite"
    effect    = "Deny"
    actions   = ["s3:PutObject", "s3:PutObjectRetention", "s3:PutObjectLegalHold"]
    resources = ["${module.bucket.planned_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "ArnNotEquals"
      variable = "aws:PrincipalArn"
      values   = var.writers
    }
  }

  # Not even a writer overwrites: a put has to say that there is nothing yet.
  statement {
    sid       = "AVersionIsWrittenOnce"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["${module.bucket.planned_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Null"
      variable = "s3:if-none-match"
      values   = ["true"]
    }
  }

  statement {
    sid       = "LockedForLongEnough"
    effect    = "Deny"
    actions   = ["s3:PutObject", "s3:PutObjectRetention"]
    resources = ["${module.bucket.planned_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "NumericLessThan"
      variable = "s3:object-lock-remaining-retention-days"
      # A day less: the days are counted down from when the uploader asked its clock.
      values = [max(1, var.retain_days - 1)]
    }
  }

  statement {
    sid       = "NothingIsRemoved"
    effect    = "Deny"
    actions   = ["s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion"]
    resources = ["${module.bucket.planned_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }

  dynamic "statement" {
    for_each = length(var.reader_accounts) == 0 ? [] : [1]

    content {
      sid       = "OthersRead"
      actions   = concat(local.reads, ["s3:ListBucket"])
      resources = [module.bucket.planned_arn, "${module.bucket.planned_arn}/*"]

      principals {
        type        = "AWS"
        identifiers = [for account in var.reader_accounts : "${local.root}::${account}:root"]
      }
    }
  }
}

# For the role that builds and uploads. It deploys nothing.
data "aws_iam_policy_document" "writer" {
  statement {
    sid       = "AddReleases"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:PutObjectRetention"]
    resources = ["${module.bucket.planned_arn}/*"]
  }

  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [module.bucket.planned_arn]
  }

  statement {
    sid       = "EncryptThroughS3"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.vault.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${local.region}.amazonaws.com"]
    }
  }

  dynamic "statement" {
    for_each = aws_kms_key.signer

    content {
      sid       = "SignReleases"
      actions   = ["kms:GetPublicKey", "kms:Sign"]
      resources = [statement.value.arn]
    }
  }
}

# For the roles that deploy, that of PROD included: they read, and nothing else.
data "aws_iam_policy_document" "reader" {
  statement {
    sid       = "ReadReleases"
    actions   = local.reads
    resources = ["${module.bucket.planned_arn}/*"]
  }

  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [module.bucket.planned_arn]
  }

  statement {
    sid       = "DecryptThroughS3"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.vault.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${local.region}.amazonaws.com"]
    }
  }
}
