variable "name" {
  description = "Name of the service, the prefix of every resource."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,19}$", var.name))
    error_message = "name must be 2-20 lower-case letters, digits and hyphens, starting with a letter."
  }
}

variable "environment" {
  description = "Which environment this is, such as dev or prod. What that means stands under environments in the policy."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,15}$", var.environment)) && var.environment != "default"
    error_message = "environment must be a name of at most 16 lower-case letters, digits and dashes; default stands for all that a policy does not name."
  }
}

variable "region" {
  description = "Region to deploy into."
  type        = string
  default     = "eu-west-1"
}

variable "policy" {
  description = "Name of a file in policies/, without .yaml: what this deployment is held to."
  type        = string

  validation {
    condition     = fileexists("${path.module}/../policies/${var.policy}.yaml")
    error_message = "policy must name a file in policies/: baseline, gdpr, hipaa, part11, pci, or your own."
  }

  validation {
    condition = can([
      yamldecode(file("${path.module}/../policies/${var.policy}.yaml")).retention.archive_days,
      yamldecode(file("${path.module}/../policies/${var.policy}.yaml")).environments.default.log_days,
      try(yamldecode(file("${path.module}/../policies/${var.policy}.yaml")).environments[var.environment], yamldecode(file("${path.module}/../policies/${var.policy}.yaml")).environments.default).log_days,
      try(yamldecode(file("${path.module}/../policies/${var.policy}.yaml")).environments[var.environment], yamldecode(file("${path.module}/../policies/${var.policy}.yaml")).environments.default).sample_percent,
      yamldecode(file("${path.module}/../policies/${var.policy}.yaml")).actor.trust,
    ])
    error_message = "The policy's file must itself say retention.archive_days, actor.trust, and under environments the default and this one with log_days and sample_percent: Terraform does not follow extends."
  }
}

variable "functions" {
  description = "Audited functions by short name. route is the API's, such as GET /price. In a source's URL {secret} becomes the ARN of the database's secret, and dynamodb://name the table of that name; tables says which of these it may read or write; with canary, releases move the alias; notify says on which bus it announces, and from which templates it sends mail."
  type = map(object({
    handler              = string
    route                = optional(string)
    sources              = optional(map(string), {})
    tables               = optional(map(string), {})
    plugins              = optional(list(string), ["dynamodb"])
    tenant               = optional(string)
    log_level            = optional(string, "info")
    memory_mb            = optional(number, 512)
    timeout_seconds      = optional(number, 10)
    reserved_concurrency = optional(number, 10)
    snap_start           = optional(bool, false)
    canary               = optional(object({ weight = optional(number), minutes = optional(number), max_errors = optional(number) }))
    notify = optional(object({
      bus         = optional(string)
      source_name = optional(string)
      mail = optional(object({
        sender      = string
        bucket      = string
        prefix      = string
        version     = string
        identity    = optional(string)
        kms_key_arn = optional(string)
        audiences   = optional(map(list(string)), {})
        domains     = optional(list(string), [])
      }))
    }))
  }))

  validation {
    condition     = alltrue([for name in keys(var.functions) : can(regex("^[a-z][a-z0-9-]{1,19}$", name)) && !contains(["sealer", "harness"], name)])
    error_message = "functions must have short names of lower-case letters, digits and hyphens; sealer and harness are taken."
  }

  validation {
    condition     = var.databases.oracle != null || !anytrue(flatten([for f in var.functions : [for url in values(f.sources) : strcontains(url, "{secret}")]]))
    error_message = "A source asks for {secret}, and databases says of no Oracle database: state it, or name another source."
  }

  validation {
    condition     = alltrue(flatten([for f in var.functions : [for table, right in f.tables : contains(keys(var.databases.tables), table) && contains(["read", "write"], right)]]))
    error_message = "tables must say read or write of tables that databases names."
  }

  validation {
    condition     = alltrue([for f in var.functions : f.notify == null || contains(f.plugins, "notify")])
    error_message = "Who has notify needs the plugin of that name, in plugins and in the artifact."
  }

  validation {
    condition     = length(distinct(compact([for f in var.functions : f.route]))) == length(compact([for f in var.functions : f.route]))
    error_message = "Two functions have the same route."
  }
}

variable "artifacts" {
  description = "The zip of each function, of the sealer and of the harness, by short name: a path, or one version of one object in S3. What is not named is what `affidavit bundle` left in build/bundles."
  type = map(object({
    path           = optional(string)
    bucket         = optional(string)
    key            = optional(string)
    object_version = optional(string)
    sha256_base64  = optional(string)
  }))
  default = {}

  validation {
    condition = local.environment.local_artifacts || alltrue([
      for name in concat(keys(var.functions), ["sealer"], var.harness == null ? [] : ["harness"]) : try(var.artifacts[name].object_version, null) != null
    ])
    error_message = "Where the policy does not say local_artifacts, artifacts come from S3 only, by version and SHA-256: what was tested is what is deployed. Name one for each function, for sealer, and for harness if there is one."
  }
}

variable "runtime" {
  description = "Which Python the functions run, and on which processor; the artifacts are built for both."
  type = object({
    runtime      = optional(string, "python3.13")
    architecture = optional(string, "arm64")
  })
  default = {}
}

variable "evidence" {
  description = "origin is the log's name in every checkpoint and can never change; witness_bucket, best in another account, gets copies of checkpoints; dr_region gets replicas of tables, keys and archive, and recovery_of says, there, whose replicas to go on with; with subjects = {} a subject can be forgotten, at the latest recovery_days later."
  type = object({
    origin              = string
    witness_bucket      = optional(string)
    dr_region           = optional(string)
    recovery_of         = optional(string)
    subjects            = optional(object({ recovery_days = optional(number, 0) }))
    deletion_protection = optional(bool, true)
    recovery_days       = optional(number, 35)
    timeout_ms          = optional(number, 250)
  })

  validation {
    condition     = local.environment.deletable || var.evidence.deletion_protection
    error_message = "evidence.deletion_protection can be off only where the policy says that this environment is deletable."
  }

  validation {
    condition     = var.evidence.recovery_of == null || (var.evidence.recovery_of != var.region && var.evidence.dr_region == null)
    error_message = "evidence.recovery_of names the region whose replicas this one goes on with: another one, and this one has none of its own."
  }

  validation {
    condition     = var.evidence.dr_region != var.region
    error_message = "evidence.dr_region must be another region than region: a replica beside the original falls with it."
  }
}

variable "authorizer" {
  description = "Who issues the callers' tokens (OpenID Connect), and for whom; none if the policy believes what a request says."
  type = object({
    issuer   = string
    audience = list(string)
  })
  default = null

  validation {
    condition     = var.authorizer != null || local.believes_anybody || length(compact([for f in var.functions : f.route])) == 0
    error_message = "This policy trusts no caller who only says who they are: name an authorizer, or every request is refused."
  }
}

variable "databases" {
  description = "What functions read: tables of the service by short name with their key, and the network of an Oracle database (VPC, subnets for functions to make or to use, endpoints to make or to use, where it listens)."
  type = object({
    tables = optional(map(string), {})
    oracle = optional(object({
      vpc_id     = string
      subnets    = optional(map(string), {})
      subnet_ids = optional(list(string))
      endpoints  = optional(list(string), [])
      database   = object({ cidr = string, port = optional(number, 1521) })

      endpoint_clients            = optional(list(string), [])
      endpoint_security_group_ids = optional(map(string), {})
      gateway_prefix_list_ids     = optional(map(string), {})
    }))
  })
  default = {}
}

variable "harness" {
  description = "Test harness for scenarios, read-only in prod: hosts that they may call beside the API, what else they may touch, by kind, and what else they refer to. None if null."
  type = object({
    hosts     = optional(list(string), [])
    resources = optional(map(list(string)), {})
    outputs   = optional(map(string), {})
  })
  default = null

  validation {
    condition = alltrue([
      for kind in(var.harness == null ? [] : keys(var.harness.resources)) :
      contains(["tables", "functions", "queues", "buses", "buckets", "secrets", "parameters"], kind)
    ])
    error_message = "harness.resources knows tables, functions, queues, buses, buckets, secrets and parameters; the ledger is there already."
  }
}

variable "alarm_actions" {
  description = "ARNs that an alarm tells, such as an SNS topic."
  type        = list(string)
  default     = []

  validation {
    condition     = var.environment != "prod" || length(var.alarm_actions) > 0
    error_message = "prod needs alarm_actions: an alarm that nobody hears is none."
  }
}
