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

output "replica_keys" {
  description = "The key that a second region needs, as the module second_region takes it."
  value = {
    salts = {
      arn         = aws_kms_key.this.arn
      description = "Encrypts the salts in ${var.name}"
      policy      = data.aws_iam_policy_document.key.json
      alias       = null
    }
  }
}

output "replica_tables" {
  description = "The table whose replica needs its policy, as the module second_region takes it."
  value       = { (var.name) = { arn = aws_dynamodb_table.this.arn, policy = data.aws_iam_policy_document.table.json } }
}
