# S3 checked the SHA-256 when the zip came, and says it in base64, as Lambda wants it.
data "aws_s3_object" "zip" {
  for_each = var.functions

  bucket        = var.vault.bucket
  key           = "${var.vault.prefix}${var.release}/${each.key}.zip"
  checksum_mode = "ENABLED"

  lifecycle {
    postcondition {
      condition     = self.object_lock_mode == "COMPLIANCE"
      error_message = "The zip of ${each.key} is not locked, so it was not put there by affidavit release."
    }

    postcondition {
      condition     = self.checksum_sha256 != "" && self.version_id != ""
      error_message = "The zip of ${each.key} has no SHA-256 or no version, so nothing says that it stays the same."
    }
  }
}
