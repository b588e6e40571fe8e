# The root module as it is, with a second region. It is planned only: no stand-in has global tables.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }

  backend "local" {}
}

variable "name" {
  description = "Name of this run's stack."
  type        = string
}

variable "region" {
  description = "Region to deploy into."
  type        = string
}

variable "dr_region" {
  description = "Region for recovery; none if null."
  type        = string
  default     = null
}

variable "runtime" {
  description = "Python and processor of the artifacts."
  type        = object({ runtime = string, architecture = string })
}

variable "artifacts" {
  description = "Path of each zip: price and sealer."
  type        = map(string)
}

module "service" {
  source = "../../../terraform"

  name        = var.name
  environment = "dev"
  policy      = "gdpr"
  region      = var.region
  runtime     = var.runtime
  artifacts   = { for name, path in var.artifacts : name => { path = path } }
  evidence    = { origin = "example.org/${var.name}", dr_region = var.dr_region, subjects = {} }

  databases = { tables = { settings = "name" } }

  functions = {
    price = { handler = "price_fetcher.handler.handler", routes = { "GET /price" = {} } }
  }
}
