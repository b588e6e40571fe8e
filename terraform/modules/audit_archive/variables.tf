variable "name" {
  description = "Prefix of the archive's bucket, key and functions. Bucket names are shared by the whole world: account and region are added."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,33}$", var.name))
    error_message = "name must be 3-34 lower-case letters, digits and hyphens, starting with a letter."
  }
}

variable "feed" {
  description = "The ledger's stream and spill queue, as audit_ledger states them."
  type = object({
    stream_arn      = string
    spill_url       = string
    spill_arn       = string
    sealer_policy   = string
    replayer_policy = string
  })
}

variable "origin" {
  description = "Name of the log, which stands in every checkpoint and can never change: example.org/prices/prod."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9._~/-]{3,200}$", var.origin))
    error_message = "origin must be letters, digits and ._~/- such as example.org/prices/prod."
  }
}

variable "archive_days" {
  description = "How long sealed evidence is locked. The policy in policies/ says so under retention.archive_days."
  type        = number
}

variable "artifact" {
  description = "The zip with affidavit_dynamodb.sealer, as audited_function takes it."
  type = object({
    path           = optional(string)
    bucket         = optional(string)
    key            = optional(string)
    object_version = optional(string)
    sha256_base64  = optional(string)
  })
}

variable "settings" {
  description = "Environment variables of the sealer, as the settings module states them."
  type        = map(string)

  validation {
    condition     = contains(keys(var.settings), "AFFIDAVIT_ARCHIVE") && contains(keys(var.settings), "AFFIDAVIT_SIGNER")
    error_message = "settings must name the archive and the signer: take both URLs from this module's outputs."
  }
}

variable "runtime" {
  description = "Which Python the sealer's functions run, and on which processor."
  type = object({
    runtime      = optional(string, "python3.13")
    architecture = optional(string, "arm64")
  })
  default = {}
}

variable "kms" {
  description = "Key that encrypts what is stored: here, and in the region for recovery if there is one."
  type = object({
    key_arn    = string
    dr_key_arn = optional(string)
  })
}

variable "dr_region" {
  description = "Region that gets a locked copy of the archive; none if null."
  type        = string
  default     = null

  validation {
    condition     = var.dr_region == null || can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.dr_region))
    error_message = "dr_region must be null or the name of a region such as eu-central-1."
  }
}

variable "witness_bucket" {
  description = "Bucket, best in another account, that gets a copy of every checkpoint; none if null."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "How long the sealer's logs are kept. The policy says so under retention.log_days."
  type        = number
}

variable "alarm_actions" {
  description = "ARNs that an alarm tells, such as an SNS topic."
  type        = list(string)
  default     = []
}
