output "name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "alias_arn" {
  description = "ARN of the alias that event sources call."
  value       = aws_lambda_alias.live.arn
}

output "alias" {
  description = "What an event source needs: function, alias, ARN and the ARN that API Gateway calls."
  value = {
    function   = aws_lambda_function.this.function_name
    qualifier  = aws_lambda_alias.live.name
    arn        = aws_lambda_alias.live.arn
    invoke_arn = aws_lambda_alias.live.invoke_arn
  }
}

output "log_group_name" {
  description = "Name of the log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "role_name" {
  description = "Name of the role."
  value       = aws_iam_role.this.name
}

output "dead_letters" {
  description = "Queue for events that could not be handled: its name, URL and ARN."
  value = {
    name = aws_sqs_queue.dead.name
    url  = aws_sqs_queue.dead.url
    arn  = aws_sqs_queue.dead.arn
  }
}

output "policy" {
  description = "What the function may do, as JSON, for tests and reviewers."
  value       = data.aws_iam_policy_document.this.json
}
