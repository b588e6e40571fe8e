variable "mail" {
  description = "Who sends from which templates: a bucket, a prefix and a version in it. identity is what SES has verified, by default the sender's domain; audiences map names to addresses, domains may be written to by address."
  type = object({
    sender      = string
    bucket      = string
    prefix      = string
    version     = string
    identity    = optional(string)
    kms_key_arn = optional(string)
    audiences   = optional(map(list(string)), {})
    domains     = optional(list(string), [])
  })
  default = null

  validation {
    condition     = var.mail == null || can(regex("^[A-Za-z0-9][A-Za-z0-9.!#$%&'*+=^_`{|}~-]{0,63}@[A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9]$", var.mail.sender))
    error_message = "mail.sender must be a plain mail address, such as noreply@example.org."
  }

  validation {
    condition = var.mail == null || try(
      can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", var.mail.version)) && can(regex("^[A-Za-z0-9][A-Za-z0-9/_.-]*[A-Za-z0-9]$", var.mail.prefix)) && !strcontains(var.mail.prefix, "//"), false
    )
    error_message = "mail.version must be a word such as 2026-01, and mail.prefix a path without slashes at its ends: the right to read ends there."
  }

  validation {
    condition = var.mail == null || try(
      length(var.mail.audiences) + length(var.mail.domains) > 0 && alltrue([for name, found in var.mail.audiences : can(regex("^[a-z][a-z0-9_-]{0,31}$", name)) && length(found) > 0]), false
    )
    error_message = "mail must name audiences, by short names, or domains: without any nobody can be written to."
  }

  validation {
    condition     = var.mail != null || var.bus != null
    error_message = "Say mail, bus or both: with neither there is nothing to send."
  }
}

variable "bus" {
  description = "Name of the event bus; none if null."
  type        = string
  default     = null

  validation {
    condition     = var.bus == null || can(regex("^[A-Za-z0-9._-]{1,256}$", var.bus))
    error_message = "bus must be a bus's name, not its ARN: events go to this account and region."
  }
}

variable "source_name" {
  description = "Source of the events; affidavit if null."
  type        = string
  default     = null
}

variable "region" {
  description = "Region of SES, S3 and EventBridge; the function's own if null."
  type        = string
  default     = null
}
