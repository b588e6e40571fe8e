output "place" {
  description = "What harness.yaml says of this environment: machine, bucket and table."
  value = {
    machine    = aws_sfn_alias.live.arn
    bucket     = aws_s3_bucket.this.bucket
    undo_table = aws_dynamodb_table.undo.name
  }
}

output "machine_arn" {
  description = "ARN of the state machine itself, for emulators that start no alias."
  value       = aws_sfn_state_machine.this.arn
}

output "operator_policy_arn" {
  description = "Policy for whoever runs scenarios."
  value       = aws_iam_policy.operator.arn
}

output "policies" {
  description = "What each part may do, as JSON, for tests and reviewers."
  value = {
    action   = data.aws_iam_policy_document.action.json
    sweeper  = data.aws_iam_policy_document.sweep.json
    machine  = data.aws_iam_policy_document.machine.json
    notes    = data.aws_iam_policy_document.notes.json
    operator = data.aws_iam_policy_document.operator.json
  }
}
