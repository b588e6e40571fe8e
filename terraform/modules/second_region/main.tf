# What a ledger, its salts and its archive have in another region, if they have one. The tables' replicas
# are made by their own modules, with the keys that are made here.
data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  archive   = var.archive == null ? {} : { archive = var.archive }
  key_arns  = { for name, key in aws_kms_replica_key.this : name => key.arn }
  here      = ":${data.aws_region.current.id}:"
  replicas  = { for name, table in var.tables : name => replace(table.arn, local.here, ":${var.region}:") }
  copy_name = { for name, archive in local.archive : name => "${archive.name}-${local.account}-${var.region}" }
}

resource "aws_kms_replica_key" "this" {
  for_each = var.keys
  provider = aws.dr

  description             = each.value.description
  primary_key_arn         = each.value.arn
  deletion_window_in_days = var.key_deletion_days
  policy                  = each.value.policy
  tags                    = var.tags
}

# URLs name aliases, so that the same URL works in both regions.
resource "aws_kms_alias" "this" {
  for_each = { for name, key in var.keys : name => key.alias if key.alias != null }
  provider = aws.dr

  name          = each.value
  target_key_id = aws_kms_replica_key.this[each.key].key_id
}

# A replica has a policy of its own; without one a record that is removed there is removed here.
resource "aws_dynamodb_resource_policy" "this" {
  for_each = var.tables
  provider = aws.dr

  resource_arn = local.replicas[each.key]
  policy       = replace(each.value.policy, each.value.arn, local.replicas[each.key])
}

# The archive is what proves something; with it and the replicas the other region can go on.
module "copy" {
  source   = "../locked_bucket"
  for_each = local.archive

  providers = {
    aws = aws.dr
  }

  name        = local.copy_name[each.key]
  kms_key_arn = local.key_arns[each.value.key]
  lock_days   = each.value.lock_days
  tags        = var.tags
}
