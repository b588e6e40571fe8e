output "network" {
  description = "Subnets and security groups, as audited_function takes them."
  value = {
    subnet_ids         = local.subnet_ids
    security_group_ids = [aws_security_group.functions.id]
  }
}

output "secret_arn" {
  description = "ARN of the secret, for the source's URL."
  value       = aws_secretsmanager_secret.this.arn
}

output "reader_policy" {
  description = "What a function may do to get its credentials, as JSON."
  value       = data.aws_iam_policy_document.reader.json
}
