# Three keys, because three rights: whoever may write evidence may not open old chains, and whoever
# may read what is stored may not make tokens. All of them are multi-region keys from the start: a
# key cannot become one later, and a new token key would cut every record off from the ones before.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  root    = "arn:${data.aws_partition.current.partition}:iam::${local.account}:root"
  regions = compact([data.aws_region.current.id, var.dr_region])
}

# IAM policies of this account decide; the statement is the one that AWS asks every key to have.
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

data "aws_iam_policy_document" "store_key" {
  #checkov:skip=CKV_AWS_109:In a key's policy `*` is the key itself, and the principals are this account and two services.
  #checkov:skip=CKV_AWS_111:The same as above.
  #checkov:skip=CKV_AWS_356:The same as above.
  source_policy_documents = [data.aws_iam_policy_document.key.json]

  statement {
    sid       = "LogsOfThisAccount"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = [for region in local.regions : "logs.${region}.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = [for region in local.regions : "arn:${data.aws_partition.current.partition}:logs:${region}:${local.account}:log-group:*"]
    }
  }

  # What a rule cannot deliver is set aside in a queue that this key encrypts.
  statement {
    sid       = "RulesOfThisAccount"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

locals {
  # Those that somebody brought are used as they are, and named by their ARN; the others are made here.
  made = toset([for name in ["store", "chain", "tokens"] : name if var.keys[name] == null])
  keys = { for name in ["store", "chain", "tokens"] : name => var.keys[name] != null ? var.keys[name] : aws_kms_key.this[name].arn }
  uses = {
    store  = "Encrypts what ${var.name} stores: table, queues, logs, archive"
    chain  = "Wraps the chain keys of ${var.name}; writers cannot unwrap"
    tokens = "Makes the tokens of ${var.name}"
  }
}

resource "aws_kms_key" "this" {
  #checkov:skip=CKV_AWS_7:KMS cannot rotate an HMAC key, and must not: a token must stay the same token. The others rotate.
  for_each = local.made

  description              = local.uses[each.key]
  multi_region             = true
  key_usage                = each.key == "tokens" ? "GENERATE_VERIFY_MAC" : "ENCRYPT_DECRYPT"
  customer_master_key_spec = each.key == "tokens" ? "HMAC_256" : "SYMMETRIC_DEFAULT"
  enable_key_rotation      = each.key == "tokens" ? null : true
  deletion_window_in_days  = var.key_deletion_days
  policy                   = local.key_policies[each.key]
  tags                     = var.tags
}

locals {
  key_policies = {
    store  = data.aws_iam_policy_document.store_key.json
    chain  = data.aws_iam_policy_document.key.json
    tokens = data.aws_iam_policy_document.key.json
  }
}

# The ledger's URL names aliases, so that the same URL works in both regions.
resource "aws_kms_alias" "this" {
  for_each = local.made

  name          = "alias/${var.name}-${each.key}"
  target_key_id = aws_kms_key.this[each.key].key_id
}
