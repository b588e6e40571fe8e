data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_109:In a key's policy `*` is the key itself, and the principal is this account.
  #checkov:skip=CKV_AWS_111:The same as above.
  #checkov:skip=CKV_AWS_356:The same as above.
  statement {
    sid       = "ThisAccountDecides"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }
}

resource "aws_kms_key" "this" {
  description             = "Encrypts Terraform's state in ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json
  tags                    = var.tags
}

# No lock: a state is replaced with every apply. Its lock file is Terraform's own, use_lockfile.
module "bucket" {
  source = "../private_bucket"

  name        = var.name
  kms_key_arn = aws_kms_key.this.arn
  locked      = false
  tags        = var.tags
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket = module.bucket.name

  rule {
    id     = "old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.keep_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  bucket = module.bucket.name
  policy = module.bucket.transport_policy
}
