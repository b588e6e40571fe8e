output "table_name" {
  description = "Name of the table."
  value       = aws_dynamodb_table.this.name
}

output "table_arn" {
  description = "ARN of the table."
  value       = aws_dynamodb_table.this.arn
}

output "ledger_url" {
  description = "URL of the ledger, for settings. It says nothing secret."
  value = format(
    "dynamodb://%s?key=%s&tokens=%s&spill=%s&timeout_ms=%d",
    aws_dynamodb_table.this.name,
    urlencode(aws_kms_alias.this["chain"].name),
    urlencode(aws_kms_alias.this["tokens"].name),
    urlencode(aws_sqs_queue.spill.url),
    var.timeout_ms,
  )
}

output "kms_key_arn" {
  description = "Key that encrypts what is stored; functions and logs use it, too."
  value       = aws_kms_key.store.arn
}

output "dr_kms_key_arn" {
  description = "The same key in the region for recovery; null without one."
  value       = one(aws_kms_replica_key.store[*].arn)
}

output "feed" {
  description = "What audit_archive needs: the stream, the spill queue, and who may read them."
  value = {
    stream_arn      = aws_dynamodb_table.this.stream_arn
    spill_url       = aws_sqs_queue.spill.url
    spill_arn       = aws_sqs_queue.spill.arn
    sealer_policy   = data.aws_iam_policy_document.sealer.json
    replayer_policy = data.aws_iam_policy_document.replayer.json
  }
}

output "writer_policy" {
  description = "What a handler may do with the ledger, as JSON: add, and nothing else."
  value       = data.aws_iam_policy_document.writer.json
}

output "auditor_policy" {
  description = "What an auditor may do with the ledger, as JSON. Attach it to the auditors' role."
  value       = data.aws_iam_policy_document.auditor.json
}

output "table_policy" {
  description = "The table's own policy as JSON, for tests and reviewers."
  value       = data.aws_iam_policy_document.append_only.json
}

output "writer_key_arns" {
  description = "Keys that chains are started and tokens are made with."
  value       = [aws_kms_key.chain.arn, aws_kms_key.tokens.arn]
}
