output "artifacts" {
  description = "One version of one object for each function, as the variable `artifacts` of the root module takes them."
  value = {
    for name, zip in data.aws_s3_object.zip : name => {
      bucket         = zip.bucket
      key            = zip.key
      object_version = zip.version_id
      sha256_base64  = zip.checksum_sha256
    }
  }
}
