variable "name" {
  description = "Prefix of bucket, database, workgroup and role. Bucket names are shared by the whole world: account and region are added."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,33}$", var.name))
    error_message = "name must be 3-34 lower-case letters, digits and hyphens, starting with a letter."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the copy and the answers."
  type        = string
}

variable "auditors" {
  description = "ARNs of roles and users that may become the auditor. No role is made if there are none: attach the output auditor_policy to yours."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.auditors : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/", arn))])
    error_message = "auditors must be full ARNs of roles or users: an account as a whole, or everybody, is nobody in particular."
  }
}

variable "first_month" {
  description = "Month of the oldest record. What is older is not seen, so the default is before all of them."
  type        = string
  default     = "2020-01"

  validation {
    condition     = can(regex("^20[0-9]{2}-(0[1-9]|1[0-2])$", var.first_month))
    error_message = "first_month must be a year and a month, such as 2024-01."
  }
}

variable "scan_limit_gb" {
  description = "What one question may read; one that would read more is cancelled. Athena charges by what is read."
  type        = number
  default     = 100

  validation {
    condition     = var.scan_limit_gb >= 1 && var.scan_limit_gb <= 10000 && floor(var.scan_limit_gb) == var.scan_limit_gb
    error_message = "scan_limit_gb must be a whole number, 1-10000."
  }
}

variable "answer_days" {
  description = "How long answers are kept in the bucket."
  type        = number
  default     = 7

  validation {
    condition     = var.answer_days >= 1 && var.answer_days <= 366 && floor(var.answer_days) == var.answer_days
    error_message = "answer_days must be a whole number, 1-366: an answer that somebody needs longer belongs into a pack."
  }
}

variable "permissions_boundary" {
  description = "Policy that limits the auditor's role, if the account demands one."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything that is made here, beside those of the provider."
  type        = map(string)
  default     = {}
}
