output "name" {
  description = "Name of the table."
  value       = aws_dynamodb_table.this.name
}

output "policies" {
  description = "What a function may do with the items, as JSON: read them, or write them, too."
  value = {
    read  = data.aws_iam_policy_document.reader.json
    write = data.aws_iam_policy_document.writer.json
  }
}
