data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  region  = data.aws_region.current.id
  root    = "arn:${data.aws_partition.current.partition}:iam"
  # Terraform's data source asks for tags and for the lock, too, of an object and of a version.
  reads = ["s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging"]
}

module "bucket" {
  source = "../private_bucket"

  name              = var.name
  kms_key_arn       = aws_kms_key.vault.arn
  access_log_bucket = var.access_log_bucket
  tags              = var.tags
}

# Everything here is a release, so everything is locked, also what comes without a word about it.
resource "aws_s3_bucket_object_lock_configuration" "vault" {
  bucket = module.bucket.name

  rule {
    default_retention {
      mode = "COMPLIANCE"
      days = var.retain_days
    }
  }
}

# Releases stay, the dead ones too: they prove what was stopped. Only what was never finished goes.
resource "aws_s3_bucket_lifecycle_configuration" "vault" {
  bucket = module.bucket.name

  rule {
    id     = "unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

resource "aws_s3_bucket_policy" "vault" {
  bucket = module.bucket.name
  policy = data.aws_iam_policy_document.bucket.json
}
