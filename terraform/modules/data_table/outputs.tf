output "name" {
  description = "Name of the table."
  value       = var.made_elsewhere ? var.name : aws_dynamodb_table.this[0].name
}

output "policies" {
  description = "What a function may do with the items, as JSON: read them, or write them, too."
  value = {
    read  = data.aws_iam_policy_document.reader.json
    write = data.aws_iam_policy_document.writer.json
  }
}

output "arn" {
  description = "ARN of the table."
  value       = local.arn
}

output "stream_arn" {
  description = "ARN of the stream of changes; null unless asked for."
  value       = var.stream ? one(concat(aws_dynamodb_table.this[*].stream_arn, data.aws_dynamodb_table.elsewhere[*].stream_arn)) : null
}
