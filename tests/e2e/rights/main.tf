# A ledger and two functions: one under a policy that trusts nobody's word, one that always raises.

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
  description = "Path of each zip: strict and raising."
  type        = map(string)
}

locals {
  functions = {
    strict  = { handler = "price_fetcher.handler.handler", policy = "hipaa" }
    raising = { handler = "raising.handler", policy = "baseline" }
  }
}

module "ledger" {
  source = "../../../terraform/modules/audit_ledger"

  name                = "${var.name}-records"
  deletion_protection = false
  recovery_days       = 1
  timeout_ms          = 3000
}

module "settings" {
  source   = "../../../terraform/modules/settings"
  for_each = local.functions

  policy      = each.value.policy
  environment = "local"
  ledger_url  = module.ledger.ledger_url
  plugins     = ["dynamodb", "sqlite"]
  sources     = { prices = "sqlite:///prices.db" }
}

module "function" {
  source   = "../../../terraform/modules/audited_function"
  for_each = local.functions

  name               = "${var.name}-${each.key}"
  artifact           = { path = var.artifacts[each.key] }
  handler            = each.value.handler
  settings           = module.settings[each.key].variables
  rights             = { documents = [module.ledger.writer_policy] }
  kms_key_arn        = module.ledger.kms_key_arn
  log_retention_days = 1
  compute            = var.runtime
}

output "table" {
  description = "The ledger's table."
  value       = module.ledger.table_name
}

output "table_arn" {
  description = "ARN of the ledger's table."
  value       = module.ledger.table_arn
}

output "strict" {
  description = "Name of the function that trusts nobody's word."
  value       = module.function["strict"].name
}

output "raising" {
  description = "Name of the function that always raises."
  value       = module.function["raising"].name
}

output "dead_url" {
  description = "Dead letter queue of the function that always raises."
  value       = module.function["raising"].dead_letters.url
}
