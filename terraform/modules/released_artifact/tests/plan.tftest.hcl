mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

override_data {
  target = data.aws_s3_object.zip
  values = {
    object_lock_mode = "COMPLIANCE"
    checksum_sha256  = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    version_id       = "one"
  }
}

override_data {
  target = data.aws_s3_object.manifest
  values = {
    object_lock_mode = "COMPLIANCE"
    body             = "{\"source_code_hash\": \"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\", \"runtime\": \"python3.13\", \"architecture\": \"arm64\", \"handler\": \"price.handler\", \"plugins\": [\"dynamodb\", \"notify\"], \"layer\": null}"
  }
}

variables {
  release = "v1.2.0"
  vault   = { bucket = "prices-releases" }
  functions = {
    price  = { runtime = "python3.13", architecture = "arm64", handler = "price.handler", plugins = ["notify"] }
    sealer = { runtime = "python3.13", architecture = "arm64" }
  }
}

run "names_one_version_of_one_object_for_each_function" {
  command = plan

  assert {
    condition     = keys(output.artifacts) == ["price", "sealer"]
    error_message = "Every function must have its zip."
  }

  assert {
    condition     = output.artifacts.price.key == "v1.2.0/price.zip" && output.artifacts.price.object_version == "one"
    error_message = "The key alone can be overwritten; the version cannot."
  }

  assert {
    condition     = output.artifacts.price.sha256_base64 == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    error_message = "Lambda must be told which bytes to expect."
  }
}

run "refuses_a_zip_that_is_not_locked" {
  command = plan

  override_data {
    target = data.aws_s3_object.zip
    values = {
      object_lock_mode = ""
      checksum_sha256  = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
      version_id       = "one"
    }
  }

  expect_failures = [data.aws_s3_object.zip]
}

run "refuses_a_zip_without_its_hash" {
  command = plan

  override_data {
    target = data.aws_s3_object.zip
    values = {
      object_lock_mode = "COMPLIANCE"
      checksum_sha256  = ""
      version_id       = "one"
    }
  }

  expect_failures = [data.aws_s3_object.zip]
}

run "refuses_a_label" {
  command = plan

  variables {
    release = "v1.2.0-rc.1"
  }

  expect_failures = [var.release]
}

run "refuses_a_prefix_that_is_no_folder" {
  command = plan

  variables {
    vault = { bucket = "prices-releases", prefix = "prices" }
  }

  expect_failures = [var.vault]
}

run "refuses_no_functions" {
  command = plan

  variables {
    functions = {}
  }

  expect_failures = [var.functions]
}

run "refuses_a_zip_for_another_python" {
  command = plan

  variables {
    functions = { price = { runtime = "python3.11", architecture = "arm64" } }
  }

  expect_failures = [data.aws_s3_object.manifest]
}

run "refuses_a_zip_for_another_processor" {
  command = plan

  variables {
    functions = { price = { runtime = "python3.13", architecture = "x86_64" } }
  }

  expect_failures = [data.aws_s3_object.manifest]
}

run "refuses_a_zip_for_another_handler" {
  command = plan

  variables {
    functions = { price = { runtime = "python3.13", architecture = "arm64", handler = "price.other" } }
  }

  expect_failures = [data.aws_s3_object.manifest]
}

run "refuses_a_plugin_that_it_lacks" {
  command = plan

  variables {
    functions = { price = { runtime = "python3.13", architecture = "arm64", plugins = ["oracle"] } }
  }

  expect_failures = [data.aws_s3_object.manifest]
}

run "refuses_a_manifest_of_another_zip" {
  command = plan

  override_data {
    target = data.aws_s3_object.manifest
    values = {
      object_lock_mode = "COMPLIANCE"
      body             = "{\"source_code_hash\": \"other\", \"runtime\": \"python3.13\", \"architecture\": \"arm64\", \"handler\": \"price.handler\", \"plugins\": [\"notify\"]}"
    }
  }

  expect_failures = [data.aws_s3_object.manifest]
}

run "refuses_a_zip_that_needs_a_layer" {
  command = plan

  override_data {
    target = data.aws_s3_object.manifest
    values = {
      object_lock_mode = "COMPLIANCE"
      body             = "{\"source_code_hash\": \"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\", \"runtime\": \"python3.13\", \"architecture\": \"arm64\", \"handler\": \"price.handler\", \"plugins\": [\"notify\"], \"layer\": {\"name\": \"affidavit\"}}"
    }
  }

  expect_failures = [data.aws_s3_object.manifest]
}

run "refuses_a_manifest_that_is_none" {
  command = plan

  override_data {
    target = data.aws_s3_object.manifest
    values = {
      object_lock_mode = "COMPLIANCE"
      body             = "price"
    }
  }

  expect_failures = [data.aws_s3_object.manifest]
}
