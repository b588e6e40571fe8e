variable "name" {
  description = "Name of the function, and the prefix of what belongs to it."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,51}$", var.name))
    error_message = "name must be 2-52 lower-case letters, digits and hyphens, starting with a letter."
  }
}

variable "artifact" {
  description = "The zip that `affidavit bundle` made: a path on this machine, or one version of one object in S3 with its SHA-256 in base64."
  type = object({
    path           = optional(string)
    bucket         = optional(string)
    key            = optional(string)
    object_version = optional(string)
    sha256_base64  = optional(string)
  })

  validation {
    condition = (var.artifact.path != null) != (
      var.artifact.bucket != null && var.artifact.key != null &&
      var.artifact.object_version != null && var.artifact.sha256_base64 != null
    )
    error_message = "artifact must name either a path, or bucket, key, object_version and sha256_base64: a key alone can be overwritten."
  }

  validation {
    condition     = var.artifact.path == null || try(fileexists(var.artifact.path), false)
    error_message = "artifact.path does not exist: build it first with `affidavit bundle`."
  }
}

variable "handler" {
  description = "Module and function, such as price_fetcher.handler.handler."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z_][A-Za-z0-9_]*([.][A-Za-z_][A-Za-z0-9_]*)+$", var.handler))
    error_message = "handler must be a dotted name that ends with the function."
  }
}

variable "settings" {
  description = "Environment variables, as the settings module states them."
  type        = map(string)

  validation {
    condition     = alltrue([for name in ["AFFIDAVIT_POLICY", "AFFIDAVIT_LEDGER", "AFFIDAVIT_ENVIRONMENT"] : contains(keys(var.settings), name)])
    error_message = "settings must come from the settings module: a deployed function needs its policy, ledger and environment."
  }
}

variable "rights" {
  description = "What the function may do besides logging and tracing: documents, IAM policies as JSON from the modules that own the resources; managed, ARNs of policies that are there already; boundary, the ARN of a permissions boundary; role_arn, a role that is there and gets nothing: output.policy says what it needs."
  type = object({
    documents = optional(list(string), [])
    managed   = optional(list(string), [])
    boundary  = optional(string)
    role_arn  = optional(string)
  })
  default = {}

  validation {
    condition     = var.rights.role_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$", var.rights.role_arn))
    error_message = "rights.role_arn must be the full ARN of a role."
  }

  validation {
    condition     = var.rights.role_arn == null || (length(var.rights.managed) == 0 && var.rights.boundary == null)
    error_message = "A role that is there has its policies and its boundary already: rights.managed and rights.boundary are for one that is made here."
  }
}

variable "compute" {
  description = "How the function runs. snap_start needs Python 3.12 or newer; layers are ARNs with a version; a reserved_concurrency of -1 reserves none, for an account whose quota is small."
  type = object({
    runtime              = optional(string, "python3.13")
    architecture         = optional(string, "arm64")
    memory_mb            = optional(number, 512)
    timeout_seconds      = optional(number, 10)
    reserved_concurrency = optional(number, 10)
    snap_start           = optional(bool, false)
    layers               = optional(list(string), [])
  })
  default = {}

  validation {
    condition     = can(regex("^python3[.]1[1-4]$", var.compute.runtime))
    error_message = "compute.runtime must be python3.11 to python3.14."
  }

  validation {
    condition     = contains(["arm64", "x86_64"], var.compute.architecture)
    error_message = "compute.architecture must be arm64 or x86_64."
  }

  validation {
    condition     = var.compute.timeout_seconds >= 1 && var.compute.timeout_seconds <= 900
    error_message = "compute.timeout_seconds must be 1-900: Lambda allows no more."
  }

  validation {
    condition     = var.compute.reserved_concurrency == -1 || var.compute.reserved_concurrency >= 1
    error_message = "compute.reserved_concurrency must be at least 1, or -1 for none: with 0 the function never runs."
  }

  validation {
    condition     = !var.compute.snap_start || var.compute.runtime != "python3.11"
    error_message = "compute.snap_start needs python3.12 or newer."
  }
}

variable "canary" {
  description = "How releases are tried on a part of the traffic: the first share, how many minutes no alarm may be raised, how many errors a minute are none. With it `affidavit release` moves the alias; null means that an apply moves it at once."
  type = object({
    weight     = optional(number, 0.1)
    minutes    = optional(number, 10)
    max_errors = optional(number, 0)
  })
  default = null

  validation {
    condition     = var.canary == null || try(contains(range(1, 100), var.canary.weight * 100), false)
    error_message = "canary.weight must be 0.01-0.99 in steps of 0.01: records know whole numbers only."
  }

  validation {
    condition     = var.canary == null || try(contains(range(1, 1000), var.canary.minutes) && var.canary.max_errors >= 0, false)
    error_message = "canary.minutes must be a whole number, 1-999, and max_errors not below 0."
  }
}

variable "network" {
  description = "Subnets and security groups, as oracle_access states them; none for a function that calls AWS services only."
  type = object({
    subnet_ids         = list(string)
    security_group_ids = list(string)
  })
  default = null
}

variable "log_retention_days" {
  description = "How long logs are kept. The policy in policies/ says so under retention.log_days."
  type        = number

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a number of days that CloudWatch Logs knows: see retention.log_days of the policy."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts environment variables, logs and the dead letter queue."
  type        = string
}

variable "tags" {
  description = "Tags of everything that is made here, beside those of the provider."
  type        = map(string)
  default     = {}
}

variable "alarm_actions" {
  description = "ARNs that an alarm tells, such as an SNS topic."
  type        = list(string)
  default     = []
}
