module "bucket" {
  source = "../private_bucket"

  name              = var.name
  kms_key_arn       = var.kms_key_arn
  access_log_bucket = var.access_log_bucket
  tags              = var.tags
}

# No default retention: it would lock the sealer's notes, too, each version of them for years. The
# bucket's policy refuses evidence that comes without a lock instead.
resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket = module.bucket.name

  rule {
    id     = "unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  rule {
    id     = "replaced-notes"
    status = "Enabled"

    filter {
      prefix = var.unlocked_prefix
    }

    noncurrent_version_expiration {
      noncurrent_days = 1
    }
  }
}

data "aws_iam_policy_document" "bucket" {
  source_policy_documents = [module.bucket.transport_policy]

  statement {
    sid           = "EvidenceComesLocked"
    effect        = "Deny"
    actions       = ["s3:PutObject"]
    not_resources = ["${module.bucket.planned_arn}/${var.unlocked_prefix}*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "StringNotEquals"
      variable = "s3:object-lock-mode"
      values   = ["COMPLIANCE"]
    }
  }

  statement {
    sid           = "LockedForLongEnough"
    effect        = "Deny"
    actions       = ["s3:PutObject", "s3:PutObjectRetention"]
    not_resources = ["${module.bucket.planned_arn}/${var.unlocked_prefix}*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "NumericLessThan"
      variable = "s3:object-lock-remaining-retention-days"
      # A day less: the days are counted down from when the sealer asked its clock.
      values = [max(1, var.lock_days - 1)]
    }
  }

  statement {
    sid           = "NobodyHidesEvidence"
    effect        = "Deny"
    actions       = ["s3:DeleteObject", "s3:BypassGovernanceRetention"]
    not_resources = ["${module.bucket.planned_arn}/${var.unlocked_prefix}*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }

  dynamic "statement" {
    for_each = length(var.writers) == 0 ? [] : [var.writers]

    content {
      sid       = "OthersAddAndLook"
      actions   = ["s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:PutObjectRetention"]
      resources = [module.bucket.planned_arn, "${module.bucket.planned_arn}/*"]

      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  bucket = module.bucket.name
  policy = data.aws_iam_policy_document.bucket.json
}
