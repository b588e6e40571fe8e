output "parameter" {
  description = "What the ledger's URL needs to find the table."
  value       = "subjects=${aws_dynamodb_table.this.name}"
}

output "table_name" {
  description = "Name of the table."
  value       = aws_dynamodb_table.this.name
}

output "policies" {
  description = "What a role may do with salts, as JSON: handler, auditor, eraser."
  value       = { for role, document in data.aws_iam_policy_document.role : role => document.json }
}

output "table_policy" {
  description = "The table's own policy as JSON, for tests and reviewers."
  value       = data.aws_iam_policy_document.table.json
}
