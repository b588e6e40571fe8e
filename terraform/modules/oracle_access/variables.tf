variable "name" {
  description = "Prefix of subnets, security groups, endpoints and the secret."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,47}$", var.name))
    error_message = "name must be 3-48 lower-case letters, digits and hyphens, starting with a letter."
  }
}

variable "vpc_id" {
  description = "The network from which the database can be reached."
  type        = string

  validation {
    condition     = can(regex("^vpc-[0-9a-f]{8,17}$", var.vpc_id))
    error_message = "vpc_id must be the id of a VPC, vpc-…"
  }
}

variable "subnets" {
  description = "Address range of the functions' subnet in each availability zone, at least two."
  type        = map(string)

  validation {
    condition     = length(var.subnets) >= 2 && alltrue([for range in values(var.subnets) : can(cidrnetmask(range))])
    error_message = "subnets must map at least two availability zones to address ranges: one zone can fail."
  }
}

variable "database" {
  description = "Where the database listens: its address range and port."
  type = object({
    cidr = string
    port = optional(number, 1521)
  })

  validation {
    condition     = can(cidrnetmask(var.database.cidr)) && try(tonumber(split("/", var.database.cidr)[1]), 0) >= 16
    error_message = "database.cidr must be an address range of /16 or smaller: functions have no business elsewhere."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the secret."
  type        = string
}
