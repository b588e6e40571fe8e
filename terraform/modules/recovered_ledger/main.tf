# Nothing that holds evidence is made here. The replicas are there, under the same names; without them
# a plan fails, which is the point.
data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

data "aws_dynamodb_table" "records" {
  name = var.name
}

data "aws_dynamodb_table" "subjects" {
  count = var.subjects == null ? 0 : 1
  name  = var.subjects
}

data "aws_kms_alias" "this" {
  for_each = toset(["store", "chain", "tokens"])
  name     = "alias/${var.name}-${each.key}"
}

locals {
  here = "${data.aws_partition.current.partition}:dynamodb:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}"
  keys = { for name, alias in data.aws_kms_alias.this : name => alias.target_key_arn }

  table_arn   = "arn:${local.here}:table/${var.name}"
  salts_arns  = var.subjects == null ? [] : ["arn:${local.here}:table/${var.subjects}"]
  salts_keys  = flatten([for table in data.aws_dynamodb_table.subjects : table.server_side_encryption[*].kms_key_arn])
  salts_roles = { handler = ["dynamodb:GetItem", "dynamodb:PutItem"], auditor = ["dynamodb:GetItem"] }
}

# Entries that the replica did not take in time, until they are replayed, here.
resource "aws_sqs_queue" "spill" {
  name                       = "${var.name}-spill"
  kms_master_key_id          = local.keys["store"]
  message_retention_seconds  = 1209600 # 14 days, the longest that SQS keeps
  visibility_timeout_seconds = 180     # six times the replayer's timeout, as Lambda asks for
  tags                       = var.tags
}

# The one function of the sealer that may run in two regions: putting an entry where it belongs can be
# repeated. Sealing cannot: two sealers would sign two histories, so the first region's does it alone.
module "replay" {
  source = "../audited_function"

  name               = var.replayer.name
  artifact           = var.replayer.artifact
  handler            = "affidavit_dynamodb.sealer.replay_handler"
  settings           = var.replayer.settings
  rights             = { documents = [data.aws_iam_policy_document.replayer.json], boundary = var.permissions_boundary }
  kms_key_arn        = local.keys["store"]
  log_retention_days = var.replayer.log_retention_days
  alarm_actions      = var.alarm_actions
  tags               = var.tags

  compute = {
    runtime              = var.compute.runtime
    architecture         = var.compute.architecture
    memory_mb            = 1024
    timeout_seconds      = 30
    reserved_concurrency = var.compute.reserve_concurrency ? 2 : -1
  }
}

resource "aws_lambda_event_source_mapping" "spill" {
  event_source_arn        = aws_sqs_queue.spill.arn
  function_name           = module.replay.alias_arn
  batch_size              = 10
  function_response_types = ["ReportBatchItemFailures"]
  tags                    = var.tags

  scaling_config {
    maximum_concurrency = 2
  }
}

resource "aws_sqs_queue_redrive_policy" "spill" {
  queue_url = aws_sqs_queue.spill.url

  redrive_policy = jsonencode({
    deadLetterTargetArn = module.replay.dead_letters.arn
    maxReceiveCount     = 5
  })
}

resource "aws_cloudwatch_metric_alarm" "spilled" {
  alarm_name          = "${var.name}-spilled"
  alarm_description   = "Entries wait in the spill queue and nobody replays them; affidavit verify calls them missing meanwhile."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = aws_sqs_queue.spill.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 5
  threshold           = 300
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  tags                = var.tags
}
