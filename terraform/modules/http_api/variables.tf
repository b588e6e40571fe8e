variable "name" {
  description = "Name of the API."
  type        = string
}

variable "routes" {
  description = "Route keys, such as GET /price, the alias of the function that answers each, and whether it is open to everybody."
  type = map(object({
    function   = string
    qualifier  = string
    arn        = string
    invoke_arn = string
    public     = optional(bool, false)
  }))

  validation {
    condition     = length(var.routes) > 0 && alltrue([for key in keys(var.routes) : can(regex("^(GET|POST|PUT|PATCH|DELETE|HEAD) /[A-Za-z0-9/_{}+.-]*$", key))])
    error_message = "routes must name at least one method and path, such as GET /price; a route that catches everything is not allowed."
  }
}

variable "authorizer" {
  description = "Who issues the callers' tokens (OpenID Connect), and for whom. Without one everybody may call, and the policy must trust that."
  type = object({
    issuer   = string
    audience = list(string)
  })
  default = null

  validation {
    condition     = var.authorizer == null || (startswith(try(var.authorizer.issuer, ""), "https://") && length(try(var.authorizer.audience, [])) > 0)
    error_message = "authorizer.issuer must start with https:// and authorizer.audience must name somebody."
  }
}

variable "throttle" {
  description = "Requests a second that the stage lets through, and how many at once."
  type = object({
    rate  = optional(number, 50)
    burst = optional(number, 100)
  })
  default = {}

  validation {
    condition     = var.throttle.rate >= 1 && var.throttle.burst >= 1
    error_message = "throttle.rate and throttle.burst must be at least 1."
  }
}

variable "log_retention_days" {
  description = "How long access logs are kept. The policy says so under retention.log_days."
  type        = number
}

variable "kms_key_arn" {
  description = "Key that encrypts the access log."
  type        = string
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
