locals {
  # What docs/evidence.md names; all of it is written once, and read again after a crash.
  folders = [
    "segments", "manifests", "checkpoints", "cosignatures", "timestamps",
    "begins", "keys", "profiles", "states", "tile",
  ]
  objects  = "${module.bucket.arn}/${local.prefix}"
  witness  = var.witness == null ? [] : ["arn:${data.aws_partition.current.partition}:s3:::${var.witness.bucket}"]
  evidence = [for folder in local.folders : "${local.objects}/${folder}/*"]
}

data "aws_iam_policy_document" "archivist" {
  statement {
    sid       = "AddLockedEvidence"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:PutObjectRetention"]
    resources = concat(local.evidence, [for arn in local.witness : "${arn}/checkpoints/*"])
  }

  statement {
    sid       = "KeepNotes"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${local.objects}/work/*"]
  }

  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = concat([module.bucket.arn], local.witness)
  }

  statement {
    sid       = "EncryptThroughS3"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = distinct(compact([var.kms_key_arn, try(var.witness.kms_key_arn, null)]))

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${data.aws_region.current.id}.amazonaws.com"]
    }
  }
}

# Only the function that makes checkpoints signs, and tidies up what it has sealed.
# Who archives signs its notes, too: a sealer goes on from nothing that it has not signed.
data "aws_iam_policy_document" "signer" {
  statement {
    sid       = "SignNotesAndCheckpoints"
    actions   = ["kms:GetPublicKey", "kms:Sign"]
    resources = [aws_kms_key.signer.arn]
  }
}

data "aws_iam_policy_document" "tidier" {
  statement {
    sid       = "TidyNotesUp"
    actions   = ["s3:DeleteObject"]
    resources = ["${local.objects}/work/*"]
  }
}

data "aws_iam_policy_document" "notes" {
  statement {
    sid       = "ReadNotes"
    actions   = ["s3:GetObject"]
    resources = ["${local.objects}/work/*"]
  }
}

data "aws_iam_policy_document" "reader" {
  statement {
    sid       = "ReadEvidence"
    actions   = ["s3:GetObject"]
    resources = local.evidence
  }

  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [module.bucket.arn]
  }

  statement {
    sid       = "CheckSignatures"
    actions   = ["kms:GetPublicKey"]
    resources = [aws_kms_key.signer.arn]
  }

  statement {
    sid       = "DecryptThroughS3"
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${data.aws_region.current.id}.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "clock_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "clock" {
  statement {
    sid       = "RingTheBell"
    actions   = ["lambda:InvokeFunction"]
    resources = [for kind in keys(local.schedules) : module.sealer[kind].alias_arn]
  }
}

resource "aws_iam_role" "clock" {
  name               = "${var.name}-clock"
  description        = "Lets the schedules call their functions"
  assume_role_policy = data.aws_iam_policy_document.clock_assume.json

  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_policy" "clock" {
  name        = "${var.name}-clock"
  description = "Lets the schedules call their functions"
  policy      = data.aws_iam_policy_document.clock.json
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "clock" {
  role       = aws_iam_role.clock.name
  policy_arn = aws_iam_policy.clock.arn
}
