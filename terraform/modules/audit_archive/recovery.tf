# A locked copy of the archive in another region, if dr_region names one. The archive is what proves
# something; with it and the replicas of table and keys the other region can go on.

module "copy" {
  source = "../locked_bucket"
  count  = var.dr_region == null ? 0 : 1

  providers = {
    aws = aws.dr
  }

  name        = "${var.name}-${local.account}-${var.dr_region}"
  kms_key_arn = var.kms.dr_key_arn
  lock_days   = var.archive_days
}

resource "aws_kms_replica_key" "signer" {
  count    = var.dr_region == null ? 0 : 1
  provider = aws.dr

  description             = aws_kms_key.signer.description
  primary_key_arn         = aws_kms_key.signer.arn
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.signer_key.json
}

resource "aws_kms_alias" "signer_copy" {
  count    = var.dr_region == null ? 0 : 1
  provider = aws.dr

  name          = aws_kms_alias.signer.name
  target_key_id = aws_kms_replica_key.signer[0].key_id
}

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
  count = var.dr_region == null ? 0 : 1

  statement {
    sid       = "ReadTheArchive"
    actions   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = [module.bucket.arn]
  }

  statement {
    sid = "ReadVersions"
    actions = [
      "s3:GetObjectLegalHold", "s3:GetObjectRetention", "s3:GetObjectVersionAcl",
      "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging",
    ]
    resources = ["${module.bucket.arn}/*"]
  }

  statement {
    sid       = "WriteCopies"
    actions   = ["s3:ReplicateObject", "s3:ReplicateTags"]
    resources = ["${module.copy[0].arn}/*"]
  }

  statement {
    sid       = "DecryptHere"
    actions   = ["kms:Decrypt"]
    resources = [var.kms.key_arn]
  }

  statement {
    sid       = "EncryptThere"
    actions   = ["kms:Encrypt"]
    resources = [var.kms.dr_key_arn]
  }
}

resource "aws_iam_role" "copier" {
  count = var.dr_region == null ? 0 : 1

  name               = "${var.name}-copier"
  description        = "Lets S3 copy the archive to the other region"
  assume_role_policy = data.aws_iam_policy_document.copier_assume.json
}

resource "aws_iam_policy" "copier" {
  count = var.dr_region == null ? 0 : 1

  name        = "${var.name}-copier"
  description = "Lets S3 copy the archive to the other region"
  policy      = data.aws_iam_policy_document.copier[0].json
}

resource "aws_iam_role_policy_attachment" "copier" {
  count = var.dr_region == null ? 0 : 1

  role       = aws_iam_role.copier[0].name
  policy_arn = aws_iam_policy.copier[0].arn
}

resource "aws_s3_bucket_replication_configuration" "this" {
  count = var.dr_region == null ? 0 : 1

  bucket = module.bucket.name
  role   = aws_iam_role.copier[0].arn

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
      bucket = module.copy[0].arn

      encryption_configuration {
        replica_kms_key_id = var.kms.dr_key_arn
      }
    }
  }
}
