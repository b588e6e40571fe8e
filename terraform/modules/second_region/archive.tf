data "aws_iam_policy_document" "copier_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "copier" {
  for_each = local.archive

  statement {
    sid       = "ReadTheArchive"
    actions   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = [each.value.arn]
  }

  statement {
    sid = "ReadVersions"
    actions = [
      "s3:GetObjectLegalHold", "s3:GetObjectRetention", "s3:GetObjectVersionAcl",
      "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging",
    ]
    resources = ["${each.value.arn}/*"]
  }

  statement {
    sid       = "WriteCopies"
    actions   = ["s3:ReplicateObject", "s3:ReplicateTags"]
    resources = ["${module.copy[each.key].arn}/*"]
  }

  statement {
    sid       = "DecryptHere"
    actions   = ["kms:Decrypt"]
    resources = [var.keys[each.value.key].arn]
  }

  statement {
    sid       = "EncryptThere"
    actions   = ["kms:Encrypt"]
    resources = [local.key_arns[each.value.key]]
  }
}

resource "aws_iam_role" "copier" {
  for_each = local.archive

  name               = "${each.value.name}-copier"
  description        = "Lets S3 copy the archive to the other region"
  assume_role_policy = data.aws_iam_policy_document.copier_assume.json

  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_policy" "copier" {
  for_each = local.archive

  name        = "${each.value.name}-copier"
  description = "Lets S3 copy the archive to the other region"
  policy      = data.aws_iam_policy_document.copier[each.key].json
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "copier" {
  for_each = local.archive

  role       = aws_iam_role.copier[each.key].name
  policy_arn = aws_iam_policy.copier[each.key].arn
}

resource "aws_s3_bucket_replication_configuration" "this" {
  for_each = local.archive

  bucket = each.value.bucket
  role   = aws_iam_role.copier[each.key].arn

  rule {
    id     = "everything"
    status = "Enabled"

    filter {}

    # What somebody hides here stays in sight there.
    delete_marker_replication {
      status = "Disabled"
    }

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket = module.copy[each.key].arn

      encryption_configuration {
        replica_kms_key_id = local.key_arns[each.value.key]
      }
    }
  }
}
