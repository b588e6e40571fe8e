output "role_arn" {
  description = "ARN of the role that the pipeline assumes."
  value       = aws_iam_role.this.arn
}

output "policies" {
  description = "What it may do, as JSON, for tests and reviewers."
  value       = { for name, policy in aws_iam_policy.this : name => policy.policy }
}
