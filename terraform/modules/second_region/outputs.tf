output "key_arns" {
  description = "ARNs of the replicas of the keys, by name: dr_key_arn of the other modules."
  value       = local.key_arns
}

output "copy_bucket" {
  description = "Name of the bucket with the archive's copy; null without one."
  value       = one(values(module.copy)[*].name)
}
