variable "name" {
  description = "Prefix of everything that belongs to this ledger; also the table's name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,47}$", var.name))
    error_message = "name must be 3-48 lower-case letters, digits and hyphens, starting with a letter."
  }
}

variable "deletion_protection" {
  description = "Refuse to delete the table. Switch it off only where evidence is not needed: on a laptop."
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

variable "key_deletion_days" {
  description = "How long a deleted key can still be rescued."
  type        = number
  default     = 30

  validation {
    condition     = var.key_deletion_days >= 7 && var.key_deletion_days <= 30
    error_message = "key_deletion_days must be 7-30: KMS knows no other."
  }
}

variable "dr_region" {
  description = "Region that gets a replica of the table; none if null. The module second_region makes there what it needs."
  type        = string
  default     = null

  validation {
    condition     = var.dr_region == null || can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.dr_region))
    error_message = "dr_region must be null or the name of a region such as eu-central-1."
  }
}

variable "dr_key_arn" {
  description = "Key that encrypts the replica, in its region: what second_region makes of this ledger's key store."
  type        = string
  default     = null
}

variable "keys" {
  description = "Keys that are there already, by ARN: store encrypts, chain wraps chain keys, tokens (HMAC_256) makes tokens. What is null is made. The key store must let CloudWatch Logs and EventBridge use it."
  type = object({
    store  = optional(string)
    chain  = optional(string)
    tokens = optional(string)
  })
  default = {}

  validation {
    condition     = alltrue([for arn in values(var.keys) : arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", arn))])
    error_message = "keys must be full ARNs of keys: an alias can be moved to another key, and tokens would change."
  }

  validation {
    condition     = var.dr_region == null || alltrue([for arn in values(var.keys) : arn == null])
    error_message = "A second region needs keys that are made here: the policy of a key that was brought is not known."
  }
}

variable "spill_days" {
  description = "How long the queue keeps entries that the table did not take in time."
  type        = number
  default     = 14

  validation {
    condition     = var.spill_days >= 4 && var.spill_days <= 14
    error_message = "spill_days must be 4-14: a queue that forgets over a long weekend loses evidence."
  }
}

variable "timeout_ms" {
  description = "What evidence may cost an invocation, table and queue together."
  type        = number
  default     = 250

  validation {
    condition     = var.timeout_ms >= 50 && var.timeout_ms <= 5000
    error_message = "timeout_ms must be 50-5000."
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
