output "name" {
  description = "Name of the bucket, once it keeps versions and is closed to the public."
  value       = aws_s3_bucket.this.bucket

  depends_on = [aws_s3_bucket_public_access_block.this, aws_s3_bucket_versioning.this]
}

output "arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.this.arn
}
