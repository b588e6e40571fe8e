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
  description = "Address range of the functions' subnet in each availability zone, at least two; made unless subnet_ids names some."
  type        = map(string)
  default     = {}

  validation {
    condition     = var.subnet_ids != null || (length(var.subnets) >= 2 && alltrue([for range in values(var.subnets) : can(cidrnetmask(range))]))
    error_message = "subnets must map at least two availability zones to address ranges: one zone can fail."
  }
}

variable "subnet_ids" {
  description = "Subnets that are there already, at least two; then none are made."
  type        = list(string)
  default     = null

  validation {
    condition     = var.subnet_ids == null || try(length(var.subnet_ids) >= 2 && alltrue([for id in var.subnet_ids : startswith(id, "subnet-")]), false)
    error_message = "subnet_ids must name at least two subnets, subnet-…: one zone can fail."
  }
}

variable "endpoints" {
  description = "Services whose endpoints are made here: of dynamodb, kms, secretsmanager, sqs those that the network has not. An endpoint answers for the whole network, so none is made unless named."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for service in var.endpoints : contains(["dynamodb", "s3", "events", "email", "kms", "secretsmanager", "sqs"], service)])
    error_message = "endpoints knows dynamodb, kms, secretsmanager and sqs, and for notices events, email and s3: functions call nothing else from inside the network."
  }

  validation {
    condition     = var.subnet_ids == null || length(setintersection(var.endpoints, ["dynamodb", "s3"])) == 0
    error_message = "A gateway needs a route table that is made here: with subnet_ids add gateways to the network's own."
  }
}

variable "endpoint_clients" {
  description = "Address ranges of the whole network: private DNS leads everybody in it to the endpoints that are made here."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for range in var.endpoint_clients : can(cidrnetmask(range))]) && (length(var.endpoint_clients) > 0 || length(setsubtract(var.endpoints, ["dynamodb", "s3"])) == 0)
    error_message = "endpoint_clients must name the network's address ranges where endpoints are made: otherwise everybody else in it loses these services."
  }
}

variable "endpoint_security_group_ids" {
  description = "Security groups of endpoints that the network has already, by any name."
  type        = map(string)
  default     = {}
}

variable "gateway_prefix_list_ids" {
  description = "Prefix lists of the gateways that the network has already, by service: dynamodb and, for mail, s3."
  type        = map(string)
  default     = {}
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

variable "tags" {
  description = "Tags of everything that is made here, beside those of the provider."
  type        = map(string)
  default     = {}
}
