output "table_name" {
  description = "Name of the table."
  value       = data.aws_dynamodb_table.records.name
}

output "table_arn" {
  description = "ARN of the replica."
  value       = local.table_arn
}

output "ledger_url" {
  description = "URL of the ledger, for settings, with the table of salts if there is one."
  value = join("&", concat([
    format(
      "dynamodb://%s?key=%s&tokens=%s&spill=%s&timeout_ms=%d",
      data.aws_dynamodb_table.records.name,
      urlencode("alias/${var.name}-chain"),
      urlencode("alias/${var.name}-tokens"),
      urlencode(aws_sqs_queue.spill.url),
      var.timeout_ms,
    )],
    [for table in data.aws_dynamodb_table.subjects : "subjects=${table.name}"],
  ))
}

output "kms_key_arn" {
  description = "Key that encrypts what is stored; functions and logs use it, too."
  value       = local.keys["store"]
}

output "writer_policy" {
  description = "What a handler may do with the ledger, as JSON: add, and nothing else."
  value       = data.aws_iam_policy_document.writer.json
}

output "auditor_policy" {
  description = "What an auditor may do with the ledger, as JSON."
  value       = data.aws_iam_policy_document.auditor.json
}

output "salts_policies" {
  description = "What handlers and auditors may do with salts, as JSON; none without. Destroying one is done in the first region, or by hand."
  value       = { for role, document in data.aws_iam_policy_document.salts : role => document.json }
}

output "spill_arn" {
  description = "ARN of the queue that entries wait in."
  value       = aws_sqs_queue.spill.arn
}

output "writer_key_arns" {
  description = "Keys that chains are started and tokens are made with."
  value       = [local.keys["chain"], local.keys["tokens"]]
}

output "replay" {
  description = "Name of the function that replays."
  value       = module.replay.name
}
