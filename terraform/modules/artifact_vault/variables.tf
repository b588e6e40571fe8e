variable "name" {
  description = "Name of the vault's bucket and prefix of its keys' aliases. Bucket names are shared by the whole world."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,48}[a-z0-9]$", var.name))
    error_message = "name must be 3-50 lower-case letters, digits and hyphens."
  }
}

variable "retain_days" {
  description = "Days for which a release is locked: retain_days of the release policy."
  type        = number

  validation {
    condition     = var.retain_days >= 1 && floor(var.retain_days) == var.retain_days
    error_message = "retain_days must be a whole number of at least 1."
  }
}

variable "writers" {
  description = "ARNs of the roles that may add a release. Everybody else's writes are denied, whatever their own policies say."
  type        = list(string)

  validation {
    condition     = length(var.writers) > 0 && alltrue([for arn in var.writers : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$", arn))])
    error_message = "writers must name at least one role by its full ARN, without wildcards."
  }
}

variable "reader_accounts" {
  description = "Other accounts whose roles may read: those of qa, uat and prod, if they are not this one."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for account in var.reader_accounts : can(regex("^[0-9]{12}$", account))])
    error_message = "reader_accounts must be account numbers of 12 digits."
  }
}

variable "origin" {
  description = "Whose releases these are, as it stands in every signature: example.org/prices. Null where nothing is signed, as in the second region."
  type        = string
  default     = null

  validation {
    condition     = var.origin == null || can(regex("^[A-Za-z0-9._~/-]{3,200}$", var.origin))
    error_message = "origin must be null, or letters, digits and ._~/- such as example.org/prices."
  }
}

variable "access_log_bucket" {
  description = "Bucket for the log of who reads this one; none if CloudTrail's data events do that."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything that is made here, beside those of the provider."
  type        = map(string)
  default     = {}
}
