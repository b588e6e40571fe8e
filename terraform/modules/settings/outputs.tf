output "variables" {
  description = "Environment variables of a function; what is not said is not set."
  value       = merge({ for name, value in local.said : name => value if value != null }, local.sources)
}

output "namespace" {
  description = "CloudWatch namespace of the metrics, for alarms."
  value       = var.namespace
}
