# `affidavit bundle publish` writes the file; a release has it as an asset.
data "aws_region" "current" {}

locals {
  published = jsondecode(file(var.index))
  layer     = try(local.published[var.name]["${var.runtime}-${var.architecture}"], null)
  arn       = try(local.layer.arns[data.aws_region.current.id], null)
}
