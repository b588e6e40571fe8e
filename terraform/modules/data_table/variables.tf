variable "name" {
  description = "Name of the table."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,62}$", var.name))
    error_message = "name must be 3-63 lower-case letters, digits and hyphens, starting with a letter."
  }
}

variable "key" {
  description = "Attribute by which items are found, a text."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,63}$", var.key))
    error_message = "key must be lower-case letters, digits and underscores: the source returns lower-case names."
  }
}

variable "deletion_protection" {
  description = "Refuse to delete the table."
  type        = bool
  default     = true
}

variable "recovery_days" {
  description = "How far back the table can be restored, to the second."
  type        = number
  default     = 35

  validation {
    condition     = var.recovery_days >= 1 && var.recovery_days <= 35
    error_message = "recovery_days must be 1-35: DynamoDB knows no other."
  }
}

variable "dr" {
  description = "Region that gets a replica, and the key that encrypts it there; none if null."
  type        = object({ region = string, kms_key_arn = string })
  default     = null

  validation {
    condition     = var.dr == null || !var.made_elsewhere
    error_message = "dr belongs to the table's first region, and made_elsewhere to the second."
  }
}

variable "made_elsewhere" {
  description = "Go on with the replica that another region has made, and make nothing."
  type        = bool
  default     = false
}

variable "stream" {
  description = "Let functions follow the table's changes."
  type        = bool
  default     = false
}

variable "kms_key_arn" {
  description = "Key that encrypts the items."
  type        = string
}

variable "tags" {
  description = "Tags of everything that is made here, beside those of the provider."
  type        = map(string)
  default     = {}
}
