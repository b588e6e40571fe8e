output "backend" {
  description = "Arguments of the backend s3, but for key and region; terraform init takes them with -backend-config."
  value       = { bucket = aws_s3_bucket_policy.this.bucket, kms_key_id = aws_kms_key.this.arn, encrypt = true, use_lockfile = true }
}
