output "functions" {
  description = "The functions, each with all that there is to know of it."
  value       = var.functions
}
