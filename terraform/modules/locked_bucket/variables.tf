variable "name" {
  description = "Name of the bucket."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "name must be 3-63 lower-case letters, digits and hyphens."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the objects, in the bucket's region."
  type        = string
}

variable "lock_days" {
  description = "Days for which every object outside unlocked_prefix must be locked. The policy names them."
  type        = number

  validation {
    condition     = var.lock_days >= 1 && floor(var.lock_days) == var.lock_days
    error_message = "lock_days must be a whole number of at least 1: see retention.archive_days in policies/."
  }
}

variable "unlocked_prefix" {
  description = "Where notes lie that are no evidence: they are not locked, and replaced ones are removed."
  type        = string
  default     = "log/work/"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9/-]*/$", var.unlocked_prefix))
    error_message = "unlocked_prefix must be a folder such as log/work/; an empty one would unlock everything."
  }
}

variable "access_log_bucket" {
  description = "Bucket for the log of who reads this one; none if CloudTrail's data events do that."
  type        = string
  default     = null
}

variable "writers" {
  description = "ARNs of roles of other accounts that may add what is locked, and look at it; roles of this one need no word here."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.writers : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$", arn))])
    error_message = "writers must be full ARNs of roles, without wildcards."
  }
}

variable "tags" {
  description = "Tags of everything that is made here, beside those of the provider."
  type        = map(string)
  default     = {}
}
