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
    urlencode(try(aws_kms_alias.this["chain"].name, var.keys.chain)),
    urlencode(try(aws_kms_alias.this["tokens"].name, var.keys.tokens)),
    urlencode(aws_sqs_queue.spill.url),
    var.timeout_ms,
  )
}

output "kms_key_arn" {
  description = "Key that encrypts what is stored; functions and logs use it, too."
  value       = local.keys["store"]
}

output "replica_keys" {
  description = "Keys that a second region needs, as the module second_region takes them."
  value = {
    for name in local.made : name => {
      arn         = aws_kms_key.this[name].arn
      description = local.uses[name]
      policy      = local.key_policies[name]
      alias       = "alias/${var.name}-${name}"
    }
  }
}

output "replica_tables" {
  description = "The table whose replica needs its policy, as the module second_region takes it."
  value       = { (var.name) = { arn = aws_dynamodb_table.this.arn, policy = data.aws_iam_policy_document.append_only.json } }
}

output "feed" {
  description = "What audit_archive needs: the stream, the spill queue, and who may read them."
  value = {
    stream_arn      = aws_dynamodb_table.this.stream_arn
    spill_url       = aws_sqs_queue.spill.url
    spill_arn       = aws_sqs_queue.spill.arn
    sealer_policy   = data.aws_iam_policy_document.sealer.json
    replayer_policy = data.aws_iam_policy_document.replayer.json
    doctor_policy   = data.aws_iam_policy_document.doctor.json
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
  value       = [local.keys["chain"], local.keys["tokens"]]
}
