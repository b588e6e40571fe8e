# A function whose alias releases move, and a key for it.

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
  description = "Path of each zip: teller."
  type        = map(string)
}

resource "aws_kms_key" "this" {
  description             = "For ${var.name}."
  deletion_window_in_days = 7
}

module "settings" {
  source = "../../../terraform/modules/settings"

  policy      = "baseline"
  environment = "local"
  ledger_url  = "dynamodb://${var.name}-records?key=alias/chain&tokens=alias/tokens" # never asked
  plugins     = ["dynamodb"]
}

module "function" {
  source = "../../../terraform/modules/audited_function"

  name               = "${var.name}-teller"
  artifact           = { path = var.artifacts["teller"] }
  handler            = "shop.handler"
  settings           = module.settings.variables
  kms_key_arn        = aws_kms_key.this.arn
  log_retention_days = 1
  compute            = var.runtime
  canary             = { weight = 0.5, minutes = 3 }
}

output "function" {
  description = "Name of the function."
  value       = module.function.name
}
