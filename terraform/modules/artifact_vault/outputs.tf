output "bucket" {
  description = "Name of the vault's bucket, once it locks what comes and has its policy."
  value       = aws_s3_bucket_policy.vault.bucket

  depends_on = [aws_s3_bucket_object_lock_configuration.vault]
}

output "vault_url" {
  description = "The line `vault` of the release policy; `dr_vault` for the one in the second region."
  value       = "s3://${var.name}?region=${local.region}"
}

output "signer_url" {
  description = "The line `signer` of the release policy; null where nothing is signed."
  value       = one([for key in aws_kms_key.signer : "kms://${key.key_id}?name=${var.origin}&region=${local.region}"])
}

output "writer_policy" {
  description = "Rights of the role that uploads, as JSON."
  value       = data.aws_iam_policy_document.writer.json
}

output "reader_policy" {
  description = "Rights of the roles that deploy, as JSON."
  value       = data.aws_iam_policy_document.reader.json
}

output "bucket_policy" {
  description = "The bucket's own policy as JSON, for tests and reviewers."
  value       = data.aws_iam_policy_document.bucket.json
}
