# A key of its own: whoever may read what else is stored may not read salts.
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
      identifiers = [local.root]
    }
  }
}

resource "aws_kms_key" "this" {
  description             = "Encrypts the salts in ${var.name}"
  multi_region            = true
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json
  tags                    = var.tags
}
