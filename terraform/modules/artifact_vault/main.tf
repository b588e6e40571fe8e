data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  region  = data.aws_region.current.id
  root    = "arn:${data.aws_partition.current.partition}:iam"
  # Terraform's data source asks for tags and for the lock, too, of an object and of a version.
  reads = ["s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging"]

  # From the name, so that a plan shows the whole policy before the bucket exists.
  arn = "arn:${data.aws_partition.current.partition}:s3:::${var.name}"
}

resource "aws_s3_bucket" "vault" {
  #checkov:skip=CKV_AWS_144:The release line copies to the second region, after PROD and on record.
  #checkov:skip=CKV2_AWS_62:Nothing acts on new objects; the release ledger tells of them.
  #checkov:skip=CKV_AWS_18:Who reads is logged by CloudTrail's data events, or by access_log_bucket.
  bucket              = var.name
  object_lock_enabled = true
}

resource "aws_s3_bucket_versioning" "vault" {
  bucket = aws_s3_bucket.vault.bucket

  versioning_configuration {
    status = "Enabled"
  }
}

# Everything here is a release, so everything is locked, also what comes without a word about it.
resource "aws_s3_bucket_object_lock_configuration" "vault" {
  bucket = aws_s3_bucket.vault.bucket

  rule {
    default_retention {
      mode = "COMPLIANCE"
      days = var.retain_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.vault]
}

resource "aws_s3_bucket_server_side_encryption_configuration" "vault" {
  bucket = aws_s3_bucket.vault.bucket

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.vault.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "vault" {
  bucket                  = aws_s3_bucket.vault.bucket
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "vault" {
  bucket = aws_s3_bucket.vault.bucket

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

# Releases stay, the dead ones too: they prove what was stopped. Only what was never finished goes.
resource "aws_s3_bucket_lifecycle_configuration" "vault" {
  bucket = aws_s3_bucket.vault.bucket

  rule {
    id     = "unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  depends_on = [aws_s3_bucket_versioning.vault]
}

resource "aws_s3_bucket_logging" "vault" {
  count = var.access_log_bucket == null ? 0 : 1

  bucket        = aws_s3_bucket.vault.bucket
  target_bucket = var.access_log_bucket
  target_prefix = "${var.name}/"
}

resource "aws_s3_bucket_policy" "vault" {
  bucket = aws_s3_bucket.vault.bucket
  policy = data.aws_iam_policy_document.bucket.json

  depends_on = [aws_s3_bucket_public_access_block.vault]
}
