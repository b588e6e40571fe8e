# For an account of its own: whoever can change the first account can change neither these copies nor
# who may add to them. Nobody here needs rights in the first account.
data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_109:In a key's policy `*` is the key itself, and the principals are this account and the writers.
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

  statement {
    sid       = "WritersEncryptThroughS3"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = var.writers
    }

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${data.aws_region.current.id}.amazonaws.com"]
    }
  }
}

resource "aws_kms_key" "this" {
  description             = "Encrypts the checkpoints in ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json
  tags                    = var.tags
}

module "bucket" {
  source = "../locked_bucket"

  name        = var.name
  kms_key_arn = aws_kms_key.this.arn
  lock_days   = var.lock_days
  writers     = var.writers
  tags        = var.tags
}
