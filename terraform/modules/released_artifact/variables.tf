variable "release" {
  description = "The version to deploy, such as v1.2.0."
  type        = string

  validation {
    condition     = can(regex("^v(0|[1-9][0-9]*)[.](0|[1-9][0-9]*)[.](0|[1-9][0-9]*)$", var.release))
    error_message = "release must be a version such as v1.2.0; an environment or a label is none."
  }
}

variable "vault" {
  description = "Bucket of the vault, and the prefix in it if there is one, ending with a slash."
  type = object({
    bucket = string
    prefix = optional(string, "")
  })

  validation {
    condition     = var.vault.prefix == "" || endswith(var.vault.prefix, "/")
    error_message = "vault.prefix must be empty or end with a slash."
  }
}

variable "functions" {
  description = "What runs each zip, by the name that the release calls it: the zip has to be made for it. Without a handler any is taken, for a zip that several functions share."
  type = map(object({
    runtime      = string
    architecture = string
    handler      = optional(string)
    plugins      = optional(set(string), [])
    layers       = optional(list(string), [])
  }))

  validation {
    condition     = length(var.functions) > 0 && alltrue([for name in keys(var.functions) : can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$", name))])
    error_message = "functions must name at least one function, in letters, digits, underscores and hyphens."
  }
}
