variable "policy" {
  description = "Name of a shipped policy, or the path of a compiled one inside the artifact."
  type        = string

  validation {
    condition     = can(regex("^([a-z][a-z0-9_-]{1,31}|[A-Za-z0-9_./-]+[.]json)$", var.policy))
    error_message = "policy must be a policy's name, such as hipaa, or the path of a compiled .json file."
  }
}

variable "environment" {
  description = "Which environment this is, such as dev or prod. It stands in every chain's first record."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,15}$", var.environment)) && var.environment != "default"
    error_message = "environment must be a name of at most 16 lower-case letters, digits and dashes; default stands for all that a policy does not name."
  }
}

variable "ledger_url" {
  description = "URL of the ledger, dynamodb://…; an output of audit_ledger."
  type        = string

  validation {
    condition     = startswith(var.ledger_url, "dynamodb://")
    error_message = "ledger_url must start with dynamodb://: a deployed function refuses a ledger that goes with its disk."
  }
}

variable "plugins" {
  description = "Plugins that the artifact carries, by name. Naming them saves the search at each cold start."
  type        = list(string)

  validation {
    condition     = alltrue([for plugin in var.plugins : can(regex("^[a-z][a-z0-9_]*(=[A-Za-z0-9_.]+)?$", plugin))])
    error_message = "plugins must be names such as dynamodb, or name=module, without blanks."
  }
}

variable "namespace" {
  description = "CloudWatch namespace of the metrics."
  type        = string
  default     = "affidavit"

  validation {
    condition     = can(regex("^[A-Za-z0-9._/#-]{1,255}$", var.namespace)) && !startswith(var.namespace, "AWS/")
    error_message = "namespace must be 1-255 letters, digits and ._/#-, and must not start with AWS/."
  }
}

variable "sources" {
  description = "URL of each data source, by the name that handlers ask for."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name, url in var.sources : can(regex("^[a-z][a-z0-9_]*$", name)) && can(regex("^[a-z][a-z0-9+.-]*:", url))])
    error_message = "sources must map lower-case names to URLs, such as prices = \"oracle://host:1521/service?secret=…\"."
  }
}

variable "sealer" {
  description = "What a sealer needs besides, as URLs: archive_url, signer_url and witness_url are outputs of audit_archive; tsa_url is the address of an authority that stamps checkpoints, with certificates= a PEM file in the sealer's bundle."
  type = object({
    archive_url = optional(string)
    signer_url  = optional(string)
    witness_url = optional(string)
    tsa_url     = optional(string)
  })
  default = {}

  validation {
    condition     = var.sealer.tsa_url == null || can(regex("^https?://[^?#@]+[?](.*&)?certificates=[^&#]+", var.sealer.tsa_url))
    error_message = "sealer.tsa_url must be like https://tsa.example/tsr?certificates=tsa.pem, without a password: it is seen by whoever sees the function."
  }
}

variable "notify_url" {
  description = "URL of who sends mail and events, ses://…. The function needs the rights for it, too."
  type        = string
  default     = null
}

variable "tenant" {
  description = "Whose data this is. Tokens of two tenants have nothing in common."
  type        = string
  default     = null
}

variable "log_level" {
  description = "Log lines below this level are not written: debug, info, warning, error or critical."
  type        = string
  default     = "info"

  validation {
    condition     = contains(["debug", "info", "warning", "error", "critical"], var.log_level)
    error_message = "log_level must be debug, info, warning, error or critical."
  }
}
