variable "region" {
  description = "The other region: where the provider aws.dr is."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be the name of a region such as eu-central-1."
  }
}

variable "keys" {
  description = "Multi-region keys that get a replica there, by a name of their own: the outputs replica_keys of the other modules. A key without alias has none there either."
  type = map(object({
    arn         = string
    description = string
    policy      = string
    alias       = optional(string)
  }))
}

variable "tables" {
  description = "Tables whose replicas get the policy that the table has: the outputs replica_tables of the other modules."
  type        = map(object({ arn = string, policy = string }))
  default     = {}
}

variable "archive" {
  description = "The archive that gets a locked copy, as audit_archive states it, and which of the keys encrypts both; none if null."
  type = object({
    name      = string
    bucket    = string
    arn       = string
    lock_days = number
    key       = optional(string, "store")
  })
  default = null

  validation {
    condition     = var.archive == null || contains(keys(var.keys), try(var.archive.key, ""))
    error_message = "archive.key must be the name of one of the keys."
  }
}

variable "key_deletion_days" {
  description = "How long a deleted replica of a key can still be rescued."
  type        = number
  default     = 30

  validation {
    condition     = var.key_deletion_days >= 7 && var.key_deletion_days <= 30
    error_message = "key_deletion_days must be 7-30: KMS knows no other."
  }
}

variable "permissions_boundary" {
  description = "ARN of the boundary of the role that copies; none if null."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything that is made here, beside those of the provider."
  type        = map(string)
  default     = {}
}
