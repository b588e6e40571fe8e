variable "name" {
  description = "Name of the bucket. Bucket names are shared by the whole world."
  type        = string
}

variable "lock_days" {
  description = "Days for which every checkpoint is locked: retention.archive_days of the policy that the first account is held to."
  type        = number
}

variable "writers" {
  description = "ARNs of the roles in the first account that may add: those of the sealer's functions stream and checkpoint. They must be there already, or AWS refuses the policy."
  type        = list(string)

  validation {
    condition     = length(var.writers) > 0 && alltrue([for arn in var.writers : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$", arn))])
    error_message = "writers must name at least one role by its full ARN, without wildcards."
  }
}

variable "tags" {
  description = "Tags of everything that is made here, beside those of the provider."
  type        = map(string)
  default     = {}
}
