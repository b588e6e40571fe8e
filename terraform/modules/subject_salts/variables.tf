variable "name" {
  description = "The table's name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,63}$", var.name))
    error_message = "name must be 3-64 lower-case letters, digits and hyphens, starting with a letter."
  }
}

variable "deletion_protection" {
  description = "Refuse to delete the table: without it nobody can be told from anybody else any more."
  type        = bool
  default     = true
}

variable "recovery_days" {
  description = "For how many days a destroyed salt can be brought back, with the rest of the table; 0 means never. A subject is forgotten only after as many days."
  type        = number
  default     = 0

  validation {
    condition     = contains(range(0, 29), var.recovery_days)
    error_message = "recovery_days must be 0-28: erasure has to be done within a month (GDPR Art. 12(3)), and a backup undoes it."
  }
}

variable "dr_region" {
  description = "Region that gets a replica; none if null. A replica needs a stream, which remembers what was destroyed for 24 hours."
  type        = string
  default     = null

  validation {
    condition     = var.dr_region == null || can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.dr_region))
    error_message = "dr_region must be null or the name of a region such as eu-central-1."
  }
}

variable "dr_key_arn" {
  description = "Key that encrypts the replica, in its region: what second_region makes of this table's key."
  type        = string
  default     = null
}

variable "erasures_an_hour" {
  description = "More than so many destroyed salts in an hour are an alarm."
  type        = number
  default     = 20

  validation {
    condition     = var.erasures_an_hour >= 0
    error_message = "erasures_an_hour must not be below 0."
  }
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
