output "name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "arn" {
  description = "ARN of the function, without a version."
  value       = aws_lambda_function.this.arn
}

output "function_version" {
  description = "Version that the newest apply has published."
  value       = aws_lambda_function.this.version
}

output "qualified_arn" {
  description = "ARN of that version."
  value       = aws_lambda_function.this.qualified_arn
}

output "reserved_concurrency" {
  description = "How many may run at once; -1 if none is reserved."
  value       = aws_lambda_function.this.reserved_concurrent_executions
}

output "alias_arn" {
  description = "ARN of the alias that event sources call."
  value       = local.live.arn
}

output "alias" {
  description = "What an event source needs: function, alias, ARN and the ARN that API Gateway calls."
  value = {
    function   = aws_lambda_function.this.function_name
    qualifier  = local.live.name
    arn        = local.live.arn
    invoke_arn = local.live.invoke_arn
  }
}

output "canary" {
  description = "First share in percent, and minutes without an alarm, as `affidavit release canary` reads them; null without canaries."
  value       = var.canary == null ? null : { percent = var.canary.weight * 100, minutes = var.canary.minutes }
}

output "log_group_name" {
  description = "Name of the log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "log_group_arn" {
  description = "ARN of the log group."
  value       = aws_cloudwatch_log_group.this.arn
}

output "role_arn" {
  description = "ARN of the role: the one that was made, or the one that was brought."
  value       = local.role_arn
}

# Known before the apply, so that others may count by it.
output "role_name" {
  description = "Name of the role."
  value       = var.rights.role_arn == null ? aws_iam_role.this[0].name : reverse(split("/", var.rights.role_arn))[0]
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
  description = "What the function may do, as JSON: for tests, reviewers, and for a role that was brought."
  value       = data.aws_iam_policy_document.this.json
}
