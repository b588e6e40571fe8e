output "url" {
  description = "Where callers reach the API; null if no function has a route."
  value       = one(module.api[*].url)
}

output "api_id" {
  description = "Id of the API; null if no function has a route."
  value       = one(module.api[*].id)
}

output "access_log_group_name" {
  description = "Log group with the request ids, for `affidavit verify --requests`; null without an API."
  value       = one(module.api[*].access_log_group_name)
}

output "functions" {
  description = "Name and log group of each audited function."
  value       = { for name, function in module.function : name => { name = function.name, log_group = function.log_group_name } }
}

output "sealer" {
  description = "Names of the sealer's functions: stream, checkpoint and replay."
  value       = module.archive.functions
}

output "table_name" {
  description = "Name of the ledger's table."
  value       = module.ledger.table_name
}

output "ledger_url" {
  description = "Where auditors find the ledger: AFFIDAVIT_LEDGER."
  value       = module.ledger.ledger_url
}

output "archive_url" {
  description = "Where auditors find the archive: AFFIDAVIT_ARCHIVE."
  value       = module.archive.archive_url
}

output "signer_url" {
  description = "The key whose public half auditors check with: AFFIDAVIT_SIGNER."
  value       = module.archive.signer_url
}

output "auditor_policies" {
  description = "IAM policies as JSON to attach to the auditors' role."
  value       = [module.ledger.auditor_policy, module.archive.reader_policy]
}

output "secret_arn" {
  description = "ARN of the secret that takes the database's credentials; null without a database."
  value       = one(module.oracle[*].secret_arn)
}

output "tables" {
  description = "Names of the service's own tables, by short name."
  value       = { for name, table in module.table : name => table.name }
}
