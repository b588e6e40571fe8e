output "bucket" {
  description = "Name of the archive's bucket."
  value       = module.bucket.name
}

output "archive_url" {
  description = "URL of the archive, for settings."
  value       = "s3://${module.bucket.name}/${local.prefix}"
}

output "signer_url" {
  description = "URL of the key that signs checkpoints, for settings."
  value       = "kms:///${aws_kms_alias.signer.name}?name=${urlencode(var.origin)}"
}

output "witness_url" {
  description = "URL of the archive that gets copies of the checkpoints, for settings; null without one."
  value       = var.witness == null ? null : "s3://${var.witness.bucket}"
}

output "functions" {
  description = "Names of the sealer's functions: stream, checkpoint, replay and doctor."
  value       = { for kind, function in module.sealer : kind => function.name }
}

output "dead_letters" {
  description = "Queues for what the sealer's functions could not handle."
  value       = { for kind, function in module.sealer : kind => function.dead_letters }
}

output "reader_policy" {
  description = "What an auditor may do with the archive, as JSON."
  value       = data.aws_iam_policy_document.reader.json
}

output "sealer_policy" {
  description = "What the sealer may do with the archive and its key, as JSON, for tests and reviewers."
  value       = data.aws_iam_policy_document.archivist.json
}

output "replica_keys" {
  description = "The key that a second region needs, as the module second_region takes it."
  value = {
    signer = {
      arn         = aws_kms_key.signer.arn
      description = "Signs the checkpoints of ${var.origin}"
      policy      = data.aws_iam_policy_document.signer_key.json
      alias       = "alias/${var.name}-signer"
    }
  }
}

output "replica_archive" {
  description = "What a second region copies, as the module second_region takes it."
  value       = { name = var.name, bucket = module.bucket.name, arn = module.bucket.arn, lock_days = var.days.archive }
}
