data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  bucket  = "${var.name}-${local.account}-${data.aws_region.current.id}"
  prefix  = "log"
}

module "bucket" {
  source = "../locked_bucket"

  name        = local.bucket
  kms_key_arn = var.kms_key_arn
  lock_days   = var.days.archive
  tags        = var.tags
}

# The key signs checkpoints. Its private half never leaves KMS; give the public half to the auditor.
data "aws_iam_policy_document" "signer_key" {
  #checkov:skip=CKV_AWS_109:In a key's policy `*` is the key itself, and the principal is this account.
  #checkov:skip=CKV_AWS_111:The same as above.
  #checkov:skip=CKV_AWS_356:The same as above.
  statement {
    sid       = "ThisAccountDecides"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${local.account}:root"]
    }
  }
}

resource "aws_kms_key" "signer" {
  #checkov:skip=CKV_AWS_7:KMS cannot rotate a signing key; a new one is a new log with a new name.
  description              = "Signs the checkpoints of ${var.origin}"
  multi_region             = true
  key_usage                = "SIGN_VERIFY"
  customer_master_key_spec = "ECC_NIST_P256"
  deletion_window_in_days  = 30
  policy                   = data.aws_iam_policy_document.signer_key.json
  tags                     = var.tags
}

resource "aws_kms_alias" "signer" {
  name          = "alias/${var.name}-signer"
  target_key_id = aws_kms_key.signer.key_id
}

# Four functions of one artifact. The stream's and the replayer's work can be repeated, so they get
# time; there is one checkpoint at a time, because a log has one newest checkpoint.
module "sealer" {
  source   = "../audited_function"
  for_each = local.functions

  name               = "${var.name}-${each.key}"
  artifact           = var.artifact
  handler            = "affidavit_dynamodb.sealer.${each.value.handler}"
  settings           = var.settings
  rights             = { documents = local.rights[each.key], boundary = var.permissions_boundary }
  kms_key_arn        = var.kms_key_arn
  log_retention_days = var.days.logs
  alarm_actions      = var.alarm_actions
  tags               = var.tags

  compute = {
    runtime              = var.compute.runtime
    architecture         = var.compute.architecture
    memory_mb            = 1024
    timeout_seconds      = each.value.timeout_seconds
    reserved_concurrency = var.compute.reserve_concurrency ? each.value.at_once : -1
  }
}

locals {
  functions = {
    stream     = { handler = "stream_handler", timeout_seconds = 60, at_once = 10 }
    checkpoint = { handler = "checkpoint_handler", timeout_seconds = 55, at_once = 1 }
    replay     = { handler = "replay_handler", timeout_seconds = 30, at_once = 2 }
    doctor     = { handler = "doctor_handler", timeout_seconds = 600, at_once = 1 }
  }

  # Not in the map above: a module waits for everything that its for_each mentions.
  archivist = [data.aws_iam_policy_document.archivist.json, data.aws_iam_policy_document.signer.json]
  rights = {
    stream     = concat([var.feed.sealer_policy], local.archivist)
    checkpoint = concat([var.feed.sealer_policy, data.aws_iam_policy_document.tidier.json], local.archivist)
    replay     = concat([var.feed.replayer_policy], var.feed.salts_policies)
    doctor     = [var.feed.doctor_policy, data.aws_iam_policy_document.reader.json, data.aws_iam_policy_document.notes.json]
  }
}

resource "aws_lambda_event_source_mapping" "stream" {
  event_source_arn                   = var.feed.stream_arn
  function_name                      = module.sealer["stream"].alias_arn
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = 500
  maximum_batching_window_in_seconds = 1
  bisect_batch_on_function_error     = true
  maximum_retry_attempts             = 100
  maximum_record_age_in_seconds      = 82800 # an hour before the stream forgets it
  function_response_types            = ["ReportBatchItemFailures"]
  tags                               = var.tags

  destination_config {
    on_failure {
      destination_arn = module.sealer["stream"].dead_letters.arn
    }
  }
}

resource "aws_lambda_event_source_mapping" "spill" {
  event_source_arn        = var.feed.spill_arn
  function_name           = module.sealer["replay"].alias_arn
  batch_size              = 10
  function_response_types = ["ReportBatchItemFailures"]
  tags                    = var.tags

  scaling_config {
    maximum_concurrency = 2
  }
}

# A message that cannot be replayed steps aside after five tries instead of coming back for two weeks.
resource "aws_sqs_queue_redrive_policy" "spill" {
  queue_url = var.feed.spill_url

  redrive_policy = jsonencode({
    deadLetterTargetArn = module.sealer["replay"].dead_letters.arn
    maxReceiveCount     = 5
  })
}

locals {
  schedules = {
    checkpoint = {
      every = "rate(1 minutes)", seconds = 60
      why   = "A checkpoint each minute, also when nothing is new: one that is missing is an alarm."
    }
    doctor = {
      every = "rate(1 days)", seconds = 3600
      why   = "A look each day at what of the ledger has drifted; it reads every row once."
    }
  }
}

resource "aws_scheduler_schedule" "this" {
  #checkov:skip=CKV_AWS_297:The schedule's input is an empty object; there is nothing to encrypt.
  for_each = local.schedules

  name                         = "${var.name}-${each.key}"
  description                  = each.value.why
  schedule_expression          = each.value.every
  schedule_expression_timezone = "UTC"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = module.sealer[each.key].alias_arn
    role_arn = aws_iam_role.clock.arn
    input    = "{}"

    retry_policy {
      maximum_event_age_in_seconds = each.value.seconds
      maximum_retry_attempts       = 1
    }
  }

  # A rate begins at once: what rings before its right is there is refused.
  depends_on = [aws_iam_role_policy_attachment.clock]
}
