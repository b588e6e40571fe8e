output "arn" {
  description = "ARN of the layer with its version, for `layers` of a function."
  value       = local.arn

  precondition {
    condition     = local.arn != null
    error_message = "The file has no layer ${var.name} for ${var.runtime} on ${var.architecture} in this region: publish it there, with affidavit bundle publish."
  }

  precondition {
    condition     = length(setsubtract(var.plugins, try(local.layer.plugins, []))) == 0
    error_message = "The layer lacks plugins: ${join(", ", setsubtract(var.plugins, try(local.layer.plugins, [])))}."
  }
}

output "contents" {
  description = "Digest of what is in the layer, as its manifest and those of its bundles say it."
  value       = try(local.layer.contents, null)
}
