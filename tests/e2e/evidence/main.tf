# A service as a user deploys it: a ledger, its sealed archive, two functions and their entrance.

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
  description = "Path of each zip: price, slow and sealer."
  type        = map(string)
}

locals {
  functions = {
    price = { handler = "price_fetcher.handler.handler", timeout_seconds = 10 }
    slow  = { handler = "slow.handler", timeout_seconds = 3 }
  }
}

module "ledger" {
  source = "../../../terraform/modules/audit_ledger"

  name                = "${var.name}-records"
  deletion_protection = false
  recovery_days       = 1
  timeout_ms          = 3000
}

module "subjects" {
  source = "../../../terraform/modules/subject_salts"

  name                = "${var.name}-subjects"
  deletion_protection = false
}

locals {
  ledger_url = "${module.ledger.ledger_url}&${module.subjects.parameter}"
}

module "sealer_settings" {
  source = "../../../terraform/modules/settings"

  policy      = "gdpr"
  environment = "local"
  ledger_url  = local.ledger_url
  sealer      = { archive_url = module.archive.archive_url, signer_url = module.archive.signer_url }
  plugins     = ["dynamodb", "ledger"]
}

module "archive" {
  source = "../../../terraform/modules/audit_archive"

  name        = "${var.name}-arc"
  feed        = merge(module.ledger.feed, { salts_policies = [module.subjects.policies["handler"]] })
  origin      = "example.org/${var.name}"
  days        = { archive = 1096, logs = 1 }
  artifact    = { path = var.artifacts["sealer"] }
  settings    = module.sealer_settings.variables
  compute     = var.runtime
  kms_key_arn = module.ledger.kms_key_arn
}

module "settings" {
  source = "../../../terraform/modules/settings"

  policy      = "gdpr"
  environment = "local"
  ledger_url  = local.ledger_url
  plugins     = ["dynamodb", "sqlite"]
  sources     = { prices = "sqlite:///prices.db" }
}

module "function" {
  source   = "../../../terraform/modules/audited_function"
  for_each = local.functions

  name               = "${var.name}-${each.key}"
  artifact           = { path = var.artifacts[each.key] }
  handler            = each.value.handler
  settings           = module.settings.variables
  rights             = { documents = [module.ledger.writer_policy, module.subjects.policies["handler"]] }
  kms_key_arn        = module.ledger.kms_key_arn
  log_retention_days = 1
  compute            = merge(var.runtime, { timeout_seconds = each.value.timeout_seconds })
}

module "api" {
  source = "../../../terraform/modules/http_api"

  name               = var.name
  routes             = { "GET /price" = module.function["price"].alias }
  kms_key_arn        = module.ledger.kms_key_arn
  log_retention_days = 1
}

output "url" {
  description = "Where callers reach the API."
  value       = module.api.url
}

output "access_log" {
  description = "Log group with request ids."
  value       = module.api.access_log_group_name
}

output "table" {
  description = "The ledger's table."
  value       = module.ledger.table_name
}

output "ledger_url" {
  description = "URL of the ledger."
  value       = local.ledger_url
}

output "spill_url" {
  description = "URL of the spill queue."
  value       = module.ledger.feed.spill_url
}

output "bucket" {
  description = "The archive's bucket."
  value       = module.archive.bucket
}

output "archive_url" {
  description = "URL of the archive."
  value       = module.archive.archive_url
}

output "signer_url" {
  description = "URL of the key that signs."
  value       = module.archive.signer_url
}

output "price" {
  description = "Name of the example's function."
  value       = module.function["price"].name
}

output "slow" {
  description = "Name of the function that never ends."
  value       = module.function["slow"].name
}

output "stream" {
  description = "Name of the function that follows the stream."
  value       = module.archive.functions["stream"]
}

output "checkpoint" {
  description = "Name of the function that signs."
  value       = module.archive.functions["checkpoint"]
}

output "replay" {
  description = "Name of the function that replays."
  value       = module.archive.functions["replay"]
}

output "subjects" {
  description = "The table of salts."
  value       = module.subjects.table_name
}
