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

output "triggers" {
  description = "What was made to start functions, by function and trigger: URLs of queues, ARNs of topics, names of streams."
  value       = { for name, triggers in module.triggers : name => triggers.made }
}

output "lost" {
  description = "URL of the queue of what could not be delivered to a function."
  value       = { for name, triggers in module.triggers : name => triggers.lost_url if triggers.lost_url != null }
}

output "sealer" {
  description = "Names of the sealer's functions: stream, checkpoint and replay; in a second region replay only."
  value       = local.recovering ? { replay = module.recovered[0].replay } : module.archive[0].functions
}

output "table_name" {
  description = "Name of the ledger's table."
  value       = local.ledger.table_name
}

output "ledger_url" {
  description = "Where auditors find the ledger: AFFIDAVIT_LEDGER."
  value       = local.ledger.ledger_url
}

output "archive_url" {
  description = "Where auditors find the archive: AFFIDAVIT_ARCHIVE; null in a second region, which has a copy of the first one's."
  value       = one(module.archive[*].archive_url)
}

output "signer_url" {
  description = "The key whose public half auditors check with: AFFIDAVIT_SIGNER."
  value       = one(module.archive[*].signer_url)
}

output "auditor_policies" {
  description = "IAM policies as JSON to attach to the auditors' role."
  value       = concat([local.ledger.auditor_policy], module.archive[*].reader_policy, local.salts.auditor)
}

output "eraser_policies" {
  description = "IAM policies as JSON for the role that runs `affidavit shred`: an auditor's, and the right to destroy a salt; none without salts."
  value       = flatten([for salts in module.subjects : [local.ledger.auditor_policy, salts.policies["eraser"]]])
}

output "secret_arn" {
  description = "ARN of the secret that takes the database's credentials; null without a database."
  value       = one(module.oracle[*].secret_arn)
}

output "tables" {
  description = "Names of the service's own tables, by short name."
  value       = { for name, table in module.table : name => table.name }
}

output "harness" {
  description = "What `affidavit scenario run --config` reads, as JSON: where this environment's harness is, and what scenarios refer to; null without one."
  value = one([for harness in module.harness : {
    schema       = "affidavit-harness/v1"
    environments = { (var.environment) = harness.place }
  }])
}
