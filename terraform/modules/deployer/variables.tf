variable "prefix" {
  description = "Name and environment of what is deployed, such as prices-dev: nothing with another prefix can be touched."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,36}$", var.prefix))
    error_message = "prefix must be name-environment, in lower-case letters, digits and hyphens."
  }
}

variable "trust" {
  description = "Who deploys: the account's OpenID Connect provider, the audience of its tokens, and their subjects, whole, such as repo:example/prices:environment:dev."
  type = object({
    provider_arn = string
    audience     = optional(string, "sts.amazonaws.com")
    subjects     = list(string)
  })

  validation {
    condition     = can(regex(":oidc-provider/.+", var.trust.provider_arn)) && length(var.trust.subjects) > 0
    error_message = "trust must name an OpenID Connect provider by its ARN, and at least one subject."
  }

  validation {
    condition     = alltrue([for subject in var.trust.subjects : !can(regex("[*?]", subject))])
    error_message = "trust.subjects are compared as they are: a wildcard would let every branch deploy."
  }
}

variable "state" {
  description = "Where Terraform's state is, as terraform_state makes it; it lies below the prefix there."
  type        = object({ bucket = string, key_arn = string })
}

variable "permissions_boundary" {
  description = "ARN of the boundary that every role must have that is made; none if null, and then who deploys could make a role that may do more."
  type        = string
  default     = null
}

variable "second_region" {
  description = "Whether there is a second region, so that rights hold in every one."
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags of everything that is made here, beside those of the provider."
  type        = map(string)
  default     = {}
}
