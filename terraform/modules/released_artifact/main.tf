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

# What the bundle says of itself, held against the function before any byte moves.
data "aws_s3_object" "manifest" {
  for_each = var.functions

  bucket = var.vault.bucket
  key    = "${var.vault.prefix}${var.release}/${each.key}.manifest.json"

  lifecycle {
    postcondition {
      condition     = self.object_lock_mode == "COMPLIANCE" && can(keys(jsondecode(self.body)))
      error_message = "The manifest of ${each.key} is not locked or no JSON: put the release into the vault again, with affidavit release upload."
    }

    postcondition {
      condition     = try(jsondecode(self.body).source_code_hash, "") == data.aws_s3_object.zip[each.key].checksum_sha256
      error_message = "The manifest of ${each.key} is of another zip than the one beside it."
    }

    postcondition {
      condition     = try(jsondecode(self.body).runtime, "") == each.value.runtime && try(jsondecode(self.body).architecture, "") == each.value.architecture
      error_message = "The zip of ${each.key} is for ${try(jsondecode(self.body).runtime, "?")} on ${try(jsondecode(self.body).architecture, "?")}, the function runs ${each.value.runtime} on ${each.value.architecture}."
    }

    postcondition {
      condition     = each.value.handler == null || try(jsondecode(self.body).handler, "") == each.value.handler
      error_message = "The zip of ${each.key} was started with the handler ${try(jsondecode(self.body).handler, "?")}, the function calls ${coalesce(each.value.handler, "any")}."
    }

    postcondition {
      condition     = length(setsubtract(each.value.plugins, try(jsondecode(self.body).plugins, []))) == 0
      error_message = "The zip of ${each.key} lacks plugins of the function: ${join(", ", setsubtract(each.value.plugins, try(jsondecode(self.body).plugins, [])))}."
    }

    postcondition {
      condition     = length(each.value.layers) > 0 || try(jsondecode(self.body).layer, null) == null
      error_message = "The zip of ${each.key} leaves things to the layer ${try(jsondecode(self.body).layer.name, "?")}, and the function has none."
    }
  }
}
