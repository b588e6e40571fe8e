variable "name" {
  description = "Prefix of dashboard, alarms, queries and rule."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,31}$", var.name))
    error_message = "name must be 3-32 lower-case letters, digits and hyphens: X-Ray allows no more."
  }
}

variable "namespace" {
  description = "CloudWatch namespace of the functions' metrics, of this deployment alone."
  type        = string
}

variable "functions" {
  description = "Names of the audited functions."
  type        = list(string)

  validation {
    condition     = length(var.functions) > 0
    error_message = "functions must name at least one function."
  }
}

variable "log_group_names" {
  description = "Log groups that the saved queries look through."
  type        = list(string)
}

variable "sample_percent" {
  description = "Traced requests of a hundred where X-Ray's rules count: state machines and traced REST APIs, not functions that Lambda samples itself. The policy says so under environments. Null leaves X-Ray's own rule in force."
  type        = number
  default     = null

  validation {
    condition     = var.sample_percent == null || (coalesce(var.sample_percent, 0) >= 0 && coalesce(var.sample_percent, 0) <= 100)
    error_message = "sample_percent must be 0-100."
  }
}

variable "latency_ms" {
  description = "Evidence that takes longer than this at the 99th percentile is an alarm."
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
