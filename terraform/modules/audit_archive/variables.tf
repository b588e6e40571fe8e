variable "name" {
  description = "Prefix of the archive's bucket, key and functions. Bucket names are shared by the whole world: account and region are added."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,33}$", var.name))
    error_message = "name must be 3-34 lower-case letters, digits and hyphens, starting with a letter."
  }
}

variable "feed" {
  description = "The ledger's stream and spill queue, as audit_ledger states them; and a handler's right to salts, as subject_salts states it, if there are any: they are spilled and replayed, too."
  type = object({
    stream_arn      = string
    spill_url       = string
    spill_arn       = string
    sealer_policy   = string
    replayer_policy = string
    doctor_policy   = string
    salts_policies  = optional(list(string), [])
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

variable "days" {
  description = "How long sealed evidence is locked, and how long the sealer's logs are kept. The policy says so under retention.archive_days and environments.log_days."
  type        = object({ archive = number, logs = number })
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

variable "compute" {
  description = "Which Python the sealer's functions run, on which processor, and whether they have concurrency reserved: an account with a small quota cannot."
  type = object({
    runtime             = optional(string, "python3.13")
    architecture        = optional(string, "arm64")
    reserve_concurrency = optional(bool, true)
  })
  default = {}
}

variable "kms_key_arn" {
  description = "Key that encrypts what is stored."
  type        = string
}

variable "permissions_boundary" {
  description = "ARN of the boundary of every role that is made here; none if null."
  type        = string
  default     = null
}

variable "witness" {
  description = "Bucket, best in another account, that gets a copy of every checkpoint, and the key that encrypts it if that is another one, as the module witness puts them out; none if null."
  type        = object({ bucket = string, kms_key_arn = optional(string) })
  default     = null
}

variable "alarm_actions" {
  description = "ARNs that an alarm tells, such as an SNS topic."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags of everything that is made here, beside those of the provider."
  type        = map(string)
  default     = {}
}
