output "name" {
  description = "Name of the bucket, once it keeps versions and is closed to the public."
  value       = aws_s3_bucket.this.bucket

  depends_on = [aws_s3_bucket_public_access_block.this, aws_s3_bucket_versioning.this]
}

output "arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.this.arn
}

output "planned_arn" {
  description = "The same from the bucket's name, so that a plan shows whole policies before the bucket exists."
  value       = local.planned_arn
}

output "transport_policy" {
  description = "Policy that refuses what comes without TLS. A bucket has one policy: who uses this module sets it, alone or with statements of its own."
  value       = data.aws_iam_policy_document.transport.json
}
