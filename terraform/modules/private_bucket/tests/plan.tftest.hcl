mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  name        = "prices-prod-archive"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-00000000000000000000000000000000"
}

run "locks_encrypts_and_keeps_versions" {
  command = plan

  assert {
    condition     = aws_s3_bucket.this.object_lock_enabled
    error_message = "Without Object Lock an object can be removed early."
  }

  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "Without versions a new object replaces the old one."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).kms_master_key_id == var.kms_key_arn
    error_message = "Objects must be encrypted with the given key."
  }
}

run "is_closed_to_the_public" {
  command = plan

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls,
      aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls,
      aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "Every kind of public access must be blocked."
  }
}

run "has_a_policy_against_plain_transport" {
  command = plan

  assert {
    condition     = one(data.aws_iam_policy_document.transport.statement).effect == "Deny" && one(one(data.aws_iam_policy_document.transport.statement).condition).variable == "aws:SecureTransport"
    error_message = "What comes without TLS must be refused."
  }

  assert {
    condition     = toset(one(data.aws_iam_policy_document.transport.statement).resources) == toset([output.planned_arn, "${output.planned_arn}/*"])
    error_message = "The bucket and everything in it must be covered."
  }
}
