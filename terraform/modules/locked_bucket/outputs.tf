output "name" {
  description = "Name of the bucket, once it keeps versions and has its policy."
  value       = aws_s3_bucket_policy.this.bucket
}

output "arn" {
  description = "ARN of the bucket."
  value       = module.bucket.arn
}

output "policy" {
  description = "The bucket's policy as JSON, for tests and reviewers."
  value       = data.aws_iam_policy_document.bucket.json
}
