output "copy_url" {
  description = "Where the folder belongs that `affidavit archive compact` writes, as aws s3 sync takes it."
  value       = local.copy
}

output "bucket" {
  description = "Name of the bucket with the copy and the answers."
  value       = aws_s3_bucket_policy.this.bucket
}

output "workgroup" {
  description = "Name of the workgroup; its saved queries are the questions of `affidavit report`."
  value       = aws_athena_workgroup.this.name
}

output "database" {
  description = "Name of the database with the table records."
  value       = aws_glue_catalog_table.records.database_name
}

output "questions" {
  description = "Ids of the saved queries, by question."
  value       = { for name, query in aws_athena_named_query.this : name => query.id }
}

output "auditor_role_arn" {
  description = "ARN of the auditor's role; null if nobody may become it."
  value       = one(aws_iam_role.auditor[*].arn)
}

output "auditor_policy" {
  description = "What an auditor may do, as JSON, for a role of yours."
  value       = data.aws_iam_policy_document.auditor.json
}

output "copier_policy" {
  description = "What whoever brings the copy may do, as JSON."
  value       = data.aws_iam_policy_document.copier.json
}
