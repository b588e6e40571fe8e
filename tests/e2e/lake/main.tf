# The columnar copy of an archive, and who may ask it.

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
  description = "Of no use here: nothing runs."
  type        = object({ runtime = string, architecture = string })
}

variable "artifacts" {
  description = "None."
  type        = map(string)
}

data "aws_caller_identity" "current" {}

resource "aws_kms_key" "this" {
  description             = "Encrypts the copy"
  deletion_window_in_days = 7
}

# Whoever in the house is an auditor.
resource "aws_iam_role" "staff" {
  name = "${var.name}-staff"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }
    }]
  })
}

module "lake" {
  source = "../../../terraform/modules/evidence_lake"

  name        = var.name
  auditors    = [aws_iam_role.staff.arn]
  kms_key_arn = aws_kms_key.this.arn
  first_month = "2020-01"
}

output "bucket" {
  description = "Bucket with the copy and the answers."
  value       = module.lake.bucket
}

output "database" {
  description = "Database of the table."
  value       = module.lake.database
}

output "workgroup" {
  description = "Workgroup of the questions."
  value       = module.lake.workgroup
}

output "questions" {
  description = "Ids of the saved queries."
  value       = module.lake.questions
}

output "staff" {
  description = "ARN of the role that may become the auditor."
  value       = aws_iam_role.staff.arn
}

output "auditor" {
  description = "ARN of the auditor's role."
  value       = module.lake.auditor_role_arn
}
