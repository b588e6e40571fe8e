output "place" {
  description = "What harness.yaml says of this environment: machine, bucket, table, and what scenarios refer to."
  value = {
    # The local cloud starts no alias.
    machine       = var.environment.name == "local" ? aws_sfn_state_machine.this.arn : aws_sfn_alias.live.arn
    bucket        = module.bucket.name
    undo_table    = aws_dynamodb_table.undo.name
    function      = module.function.name
    logs          = local.logs
    hosts         = var.scenarios.hosts
    local_targets = var.scenarios.local_targets
    outputs       = var.scenarios.outputs
    read_only     = local.read_only
  }
}

output "machine_arn" {
  description = "ARN of the state machine itself, for emulators that start no alias."
  value       = aws_sfn_state_machine.this.arn
}

output "sweeper_name" {
  description = "Name of the function that takes back what runs have left behind."
  value       = module.sweeper.name
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
