# In a key's policy the account's root means: IAM decides. Other accounts may decrypt, through S3 only.
data "aws_iam_policy_document" "encryption" {
  #checkov:skip=CKV_AWS_109:In a key's policy `*` is the key itself, and the principal is this account.
  #checkov:skip=CKV_AWS_111:The same as above.
  #checkov:skip=CKV_AWS_356:The same as above.
  statement {
    sid       = "ThisAccountDecides"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["${local.root}::${local.account}:root"]
    }
  }

  dynamic "statement" {
    for_each = length(var.reader_accounts) == 0 ? [] : [1]

    content {
      sid       = "OthersReadThroughS3"
      actions   = ["kms:Decrypt"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = [for account in var.reader_accounts : "${local.root}::${account}:root"]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${local.region}.amazonaws.com"]
      }
    }
  }
}

data "aws_iam_policy_document" "signing" {
  #checkov:skip=CKV_AWS_109:In a key's policy `*` is the key itself, and the principal is this account.
  #checkov:skip=CKV_AWS_111:The same as above.
  #checkov:skip=CKV_AWS_356:The same as above.
  statement {
    sid       = "ThisAccountDecides"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["${local.root}::${local.account}:root"]
    }
  }
}

resource "aws_kms_key" "vault" {
  description             = "Encrypts the releases of ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.encryption.json
  tags                    = var.tags
}

resource "aws_kms_alias" "vault" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.vault.key_id
}

# Its private half never leaves KMS; the public half goes into the repository, beside the rules.
resource "aws_kms_key" "signer" {
  #checkov:skip=CKV_AWS_7:KMS cannot rotate a signing key; a new one is a new public key in the rules.
  count = var.origin == null ? 0 : 1

  description              = "Signs the releases of ${var.origin}"
  key_usage                = "SIGN_VERIFY"
  customer_master_key_spec = "ECC_NIST_P256"
  deletion_window_in_days  = 30
  policy                   = data.aws_iam_policy_document.signing.json
  tags                     = var.tags
}

resource "aws_kms_alias" "signer" {
  count = var.origin == null ? 0 : 1

  name          = "alias/${var.name}-signer"
  target_key_id = aws_kms_key.signer[0].key_id
}
