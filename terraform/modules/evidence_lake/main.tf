# The columnar copy of an archive, asked by Athena. The copy is derived and can be made anew, so
# nothing here is locked; docs/athena.md says what an answer rests on.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account  = data.aws_caller_identity.current.account_id
  bucket   = "${var.name}-${local.account}-${data.aws_region.current.id}"
  database = replace(var.name, "-", "_")
  copy     = "s3://${module.bucket.name}/copy/"
  answers  = "s3://${module.bucket.name}/answers/"

  # Columns and questions of `affidavit report`, written by `make modules`: one text for both engines.
  lake = jsondecode(file("${path.module}/lake.json"))
}

module "bucket" {
  source = "../private_bucket"

  name        = local.bucket
  kms_key_arn = var.kms_key_arn
  locked      = false
  tags        = var.tags
}

resource "aws_s3_bucket_policy" "this" {
  bucket = module.bucket.name
  policy = module.bucket.transport_policy
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket = module.bucket.name

  rule {
    id     = "answers"
    status = "Enabled"

    filter {
      prefix = "answers/"
    }

    expiration {
      days = var.answer_days
    }
  }

  rule {
    id     = "what-was-replaced"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 7
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

resource "aws_glue_catalog_database" "this" {
  name        = local.database
  description = "The columnar copy of a sealed archive"
  tags        = var.tags
}

# A folder for each month, which nobody has to register: its name follows from the month.
resource "aws_glue_catalog_table" "records" {
  name          = "records"
  database_name = aws_glue_catalog_database.this.name
  description   = "One row for each record; docs/records.md says what the columns mean"
  table_type    = "EXTERNAL_TABLE"

  parameters = {
    "EXTERNAL"                       = "TRUE"
    "classification"                 = "parquet"
    "projection.enabled"             = "true"
    "projection.month.type"          = "date"
    "projection.month.format"        = "yyyy-MM"
    "projection.month.range"         = "${var.first_month},NOW+1MONTHS"
    "projection.month.interval"      = "1"
    "projection.month.interval.unit" = "MONTHS"
    "storage.location.template"      = "${local.copy}month=$${month}/"
  }

  partition_keys {
    name = "month"
    type = "string"
  }

  storage_descriptor {
    location      = local.copy
    input_format  = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"

    ser_de_info {
      serialization_library = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
    }

    dynamic "columns" {
      for_each = local.lake.columns

      content {
        name = columns.value.name
        type = columns.value.type
      }
    }
  }
}

# What the workgroup says holds, whatever a client says: where answers lie, how they are encrypted,
# how much one question may read.
resource "aws_athena_workgroup" "this" {
  name        = var.name
  description = "Questions of auditors to the copy of a sealed archive"
  tags        = var.tags

  # Its history goes with it; CloudTrail has who asked what.
  force_destroy = true

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.scan_limit_gb * 1000000000

    engine_version {
      selected_engine_version = "Athena engine version 3"
    }

    result_configuration {
      output_location       = local.answers
      expected_bucket_owner = local.account

      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = var.kms_key_arn
      }
    }
  }
}

resource "aws_athena_named_query" "this" {
  for_each = local.lake.questions

  name        = each.key
  description = "${each.value.asks} Parameters, each in single quotes: ${join(", ", each.value.parameters)}."
  workgroup   = aws_athena_workgroup.this.id
  database    = aws_glue_catalog_database.this.name
  query       = each.value.sql
}
