output "witness" {
  description = "What the first account says as evidence.witness: the bucket, and the key that encrypts it."
  value       = { bucket = module.bucket.name, kms_key_arn = aws_kms_key.this.arn }
}
