variable "name" {
  description = "Name of the first region's ledger; the replicas have it, too."
  type        = string
}

variable "subjects" {
  description = "Name of the first region's table of salts; none if null."
  type        = string
  default     = null
}

variable "replayer" {
  description = "The function that replays what was spilled here: its name, its zip, its variables, and how long its log is kept."
  type = object({
    name = string
    artifact = object({
      path           = optional(string)
      bucket         = optional(string)
      key            = optional(string)
      object_version = optional(string)
      sha256_base64  = optional(string)
    })
    settings           = map(string)
    log_retention_days = number
  })

  validation {
    condition     = var.replayer.name != "${var.name}-replay"
    error_message = "replayer.name must differ from the first region's: roles are the account's, not a region's."
  }
}

variable "compute" {
  description = "Which Python the replayer runs, on which processor, and whether it has concurrency reserved."
  type = object({
    runtime             = optional(string, "python3.13")
    architecture        = optional(string, "arm64")
    reserve_concurrency = optional(bool, true)
  })
  default = {}
}

variable "permissions_boundary" {
  description = "ARN of the boundary of every role that is made here; none if null."
  type        = string
  default     = null
}

variable "timeout_ms" {
  description = "What evidence may cost an invocation, table and queue together."
  type        = number
  default     = 250
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
