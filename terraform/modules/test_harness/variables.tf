variable "name" {
  description = "Prefix of everything that belongs to the harness, such as prices-dev."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,31}$", var.name))
    error_message = "name must be 2-32 lower-case letters, digits and hyphens, starting with a letter."
  }
}

variable "environment" {
  description = "Which environment this is, and whether scenarios may change anything there; otherwise the harness can only read."
  type = object({
    name            = string
    tests_may_write = optional(bool, false)
  })

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,15}$", var.environment.name)) && var.environment.name != "default"
    error_message = "environment.name must be a name of at most 16 lower-case letters, digits and dashes; default stands for all that a policy does not name."
  }
}

variable "artifact" {
  description = "The zip that `affidavit bundle` made of the harness: a path, or one version of one object in S3 with its SHA-256 in base64."
  type = object({
    path           = optional(string)
    bucket         = optional(string)
    key            = optional(string)
    object_version = optional(string)
    sha256_base64  = optional(string)
  })
}

variable "settings" {
  description = "Environment variables, as the settings module states them."
  type        = map(string)
}

variable "resources" {
  description = "ARNs of what scenarios may touch, by kind; writes to tables and buckets end at keys that start with it#. Everything else is used as a whole; an API by what may be called of it, such as its execution ARN with /*/GET/*."
  type = object({
    tables      = optional(list(string), [])
    functions   = optional(list(string), [])
    queues      = optional(list(string), [])
    buses       = optional(list(string), [])
    buckets     = optional(list(string), [])
    ledgers     = optional(list(string), [])
    ledger_keys = optional(list(string), [])
    spills      = optional(list(string), [])
    secrets     = optional(list(string), [])
    parameters  = optional(list(string), [])
    apis        = optional(list(string), [])
    topics      = optional(list(string), [])
    streams     = optional(list(string), [])
    machines    = optional(list(string), [])
  })
  default = {}

  validation {
    condition     = alltrue([for arn in flatten(values(var.resources)) : can(regex("^arn:[a-z-]+:[a-z0-9-]+:", arn)) && !can(regex("^[^/]*[*]", arn))])
    error_message = "resources must be ARNs that name something: a wildcard would open what is not for tests."
  }
}

variable "scenarios" {
  description = "Hosts that http.request may call, with a port if it is not the usual one; and outputs, what scenarios refer to with from: terraform-output, such as names of tables; logs, the log groups of what is tested. With local_targets, hosts may name the loopback with a port: for a local cloud, whose functions and APIs share a machine."
  type = object({
    hosts         = optional(list(string), [])
    local_targets = optional(bool, false)
    outputs       = optional(map(string), {})
    logs          = optional(list(string), [])
  })
  default = {}

  validation {
    condition = alltrue([
      for host in var.scenarios.hosts :
      can(regex("^[a-z0-9-]+([.][a-z0-9-]+)+(:[0-9]+)?$", host)) && !can(regex("^[0-9.]+(:[0-9]+)?$", host))
      || var.scenarios.local_targets && can(regex("^(127[.]0[.]0[.]1|localhost):[0-9]+$", host))
    ])
    error_message = "scenarios.hosts must be names, without scheme and path; the loopback, with its port, only where local_targets says so."
  }
}

variable "compute" {
  description = "How the function runs; executions at once are limited by reserved_concurrency, and -1 reserves none. 0 is not the way to stop them: disable the rule and the machine's role."
  type = object({
    runtime              = optional(string, "python3.13")
    architecture         = optional(string, "arm64")
    memory_mb            = optional(number, 512)
    reserved_concurrency = optional(number, 50)
  })
  default = {}
}

variable "days" {
  description = "How long logs are kept, as the policy says, and how long reports and uploaded scenarios are."
  type        = object({ logs = number, reports = optional(number, 90) })

  validation {
    condition     = var.days.reports >= 7
    error_message = "days.reports must be at least 7: a run's way back is kept as long."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts variables, logs, the bucket and the table."
  type        = string
}

variable "permissions_boundary" {
  description = "ARN of the boundary of every role that is made here; none if null."
  type        = string
  default     = null
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
