# The URL that affidavit_notify reads, with the names that its location.py knows, and the rights that
# go with it. A test compares both sides.
locals {
  region = coalesce(var.region, data.aws_region.current.id)
  bus    = var.bus == null ? [] : [var.bus]
  mails  = var.mail == null ? [] : [var.mail]

  said = {
    templates = one([for mail in local.mails : "s3://${mail.bucket}/${mail.prefix}"])
    version   = one(local.mails[*].version)
    domains   = one([for mail in local.mails : join(",", mail.domains) if length(mail.domains) > 0])
    bus       = one([for bus in local.bus : bus if var.mail != null])
    source    = var.source_name
    region    = var.region
  }

  audiences = merge([for mail in local.mails : { for name, addresses in mail.audiences : "to.${name}" => join(",", addresses) }]...)
  query     = [for name, value in merge(local.said, local.audiences) : "${name}=${urlencode(value)}" if value != null]
  place     = var.mail == null ? "eventbridge://${coalesce(var.bus, "none")}" : "ses://${var.mail.sender}"

  arns = "${data.aws_partition.current.partition}:%s:${local.region}:${data.aws_caller_identity.current.account_id}"
}

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "sender" {
  dynamic "statement" {
    for_each = local.mails

    content {
      sid       = "SendMailFromOneAddress"
      actions   = ["ses:SendEmail"]
      resources = ["arn:${format(local.arns, "ses")}:identity/${coalesce(statement.value.identity, split("@", statement.value.sender)[1])}"]

      condition {
        test     = "StringEquals"
        variable = "ses:FromAddress"
        values   = [statement.value.sender]
      }
    }
  }

  dynamic "statement" {
    for_each = local.mails

    content {
      sid       = "ReadOneVersionOfTheTemplates"
      actions   = ["s3:GetObject"]
      resources = ["arn:${data.aws_partition.current.partition}:s3:::${statement.value.bucket}/${statement.value.prefix}/${statement.value.version}/*"]
    }
  }

  # An optional part that is not there has to be "not found"; who may not list is told "forbidden".
  dynamic "statement" {
    for_each = local.mails

    content {
      sid       = "SeeWhichPartsThereAre"
      actions   = ["s3:ListBucket"]
      resources = ["arn:${data.aws_partition.current.partition}:s3:::${statement.value.bucket}"]

      condition {
        test     = "StringLikeIfExists"
        variable = "s3:prefix"
        values   = ["${statement.value.prefix}/${statement.value.version}/*"]
      }
    }
  }

  dynamic "statement" {
    for_each = [for mail in local.mails : mail.kms_key_arn if mail.kms_key_arn != null]

    content {
      sid       = "OpenTheTemplates"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${local.region}.amazonaws.com"]
      }
    }
  }

  dynamic "statement" {
    for_each = local.bus

    content {
      sid       = "AnnounceOnOneBus"
      actions   = ["events:PutEvents"]
      resources = ["arn:${format(local.arns, "events")}:event-bus/${statement.value}"]

      # So that nobody who takes the function over speaks for somebody else.
      condition {
        test     = "StringEquals"
        variable = "events:source"
        values   = [coalesce(var.source_name, "affidavit")]
      }
    }
  }
}
