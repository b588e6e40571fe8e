# A queue, a function that is called with batches of it, and a ledger.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }

  backend "local" {}
}

provider "aws" {
  region = var.region
}

variable "name" {
  description = "Name of this run's stack."
  type        = string
}

variable "region" {
  description = "Region to deploy into."
  type        = string
}

variable "runtime" {
  description = "Python and processor of the artifacts."
  type        = object({ runtime = string, architecture = string })
}

variable "artifacts" {
  description = "Path of each zip: orders."
  type        = map(string)
}

module "ledger" {
  source = "../../../terraform/modules/audit_ledger"

  name                = "${var.name}-records"
  deletion_protection = false
  recovery_days       = 1
  timeout_ms          = 3000
}

module "settings" {
  source = "../../../terraform/modules/settings"

  policy      = "hipaa"
  environment = "local"
  ledger_url  = module.ledger.ledger_url
  plugins     = ["dynamodb"]
}

resource "aws_sqs_queue" "orders" {
  name                       = "${var.name}-orders"
  kms_master_key_id          = module.ledger.kms_key_arn
  visibility_timeout_seconds = 2
}

data "aws_iam_policy_document" "reader" {
  statement {
    sid       = "TakeOrders"
    actions   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    resources = [aws_sqs_queue.orders.arn]
  }
}

module "function" {
  source = "../../../terraform/modules/audited_function"

  name               = "${var.name}-orders"
  artifact           = { path = var.artifacts["orders"] }
  handler            = "orders.handler"
  settings           = module.settings.variables
  rights             = { documents = [module.ledger.writer_policy, data.aws_iam_policy_document.reader.json] }
  kms_key_arn        = module.ledger.kms_key_arn
  log_retention_days = 1
  compute            = merge(var.runtime, { timeout_seconds = 2 })
}

resource "aws_sqs_queue_redrive_policy" "orders" {
  queue_url = aws_sqs_queue.orders.url

  redrive_policy = jsonencode({
    deadLetterTargetArn = module.function.dead_letters.arn
    maxReceiveCount     = 2
  })
}

resource "aws_lambda_event_source_mapping" "orders" {
  event_source_arn                   = aws_sqs_queue.orders.arn
  function_name                      = module.function.alias_arn
  batch_size                         = 10
  maximum_batching_window_in_seconds = 1
  function_response_types            = ["ReportBatchItemFailures"]

  depends_on = [aws_sqs_queue_redrive_policy.orders]
}

output "table" {
  description = "The ledger's table."
  value       = module.ledger.table_name
}

output "queue_url" {
  description = "Queue with orders."
  value       = aws_sqs_queue.orders.url
}

output "function" {
  description = "Name of the function."
  value       = module.function.name
}

output "dead_url" {
  description = "Queue for orders that could not be handled."
  value       = module.function.dead_letters.url
}
