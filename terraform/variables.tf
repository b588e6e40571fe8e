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

# Of any type, because a type would leave out what it does not know without a word. Which keys there
# are stands in definition.tf, and their types and defaults in modules/definition.
variable "functions" {
  description = "Audited functions by short name: `affidavit service terraform` writes them from functions.toml, docs/functions.md says what each key means. In a source's URL {secret} becomes the ARN of the database's secret, and dynamodb://name the table of that name."
  type        = any

  validation {
    condition     = length(setsubtract(flatten([for f in values(var.functions) : keys(f)]), local.known.functions)) == 0
    error_message = "No key of a function that is known: ${join(", ", setsubtract(flatten([for f in values(var.functions) : keys(f)]), local.known.functions))}. Known: ${join(", ", local.known.functions)}."
  }

  validation {
    condition     = length(setsubtract(flatten([for f in values(var.functions) : [for one in values(try(f.triggers, {})) : keys(one)]]), local.known.triggers)) == 0
    error_message = "No key of a trigger that is known: ${join(", ", setsubtract(flatten([for f in values(var.functions) : [for one in values(try(f.triggers, {})) : keys(one)]]), local.known.triggers))}. Known: ${join(", ", local.known.triggers)}."
  }

  validation {
    condition = length(setsubtract(flatten([for f in values(var.functions) : concat(
      [for part in ["network", "canary", "rights", "notify"] : [for key in keys(try(f[part], {})) : "${part}.${key}"]],
      [for key in keys(try(f.notify.mail, {})) : "mail.${key}"],
      [for one in try(f.rights.statements, []) : [for key in keys(one) : "statements.${key}"]],
      [for one in values(try(f.routes, {})) : [for key in keys(one) : "routes.${key}"]],
    )]), flatten([for part, names in local.known : [for name in names : "${part}.${name}"]]))) == 0
    error_message = "A part of a function has a key that is not known: see terraform/definition.tf for those that are."
  }

  validation {
    condition     = alltrue([for name in keys(var.functions) : can(regex("^[a-z][a-z0-9-]{1,19}$", name)) && !contains(["sealer", "harness"], name)])
    error_message = "functions must have short names of lower-case letters, digits and hyphens; sealer and harness are taken."
  }

  validation {
    condition     = var.databases.oracle != null || !anytrue(flatten([for f in values(var.functions) : [for url in values(try(f.sources, {})) : strcontains(url, "{secret}")]]))
    error_message = "A source asks for {secret}, and databases says of no Oracle database: state it, or name another source."
  }

  validation {
    condition = alltrue(flatten([for f in values(var.functions) : concat(
      [for table, right in try(f.tables, {}) : contains(keys(var.databases.tables), table) && contains(["read", "write"], right)],
      [for one in values(try(f.triggers, {})) : try(startswith(one.table, "arn:") || contains(keys(var.databases.tables), one.table), true)],
    )]))
    error_message = "tables must say read or write of tables that databases names, and a trigger may follow one of these, or a stream's ARN."
  }

  validation {
    condition     = alltrue([for f in values(var.functions) : try(f.notify, null) == null || contains(try(f.plugins, []), "notify")])
    error_message = "Who has notify needs the plugin of that name, in plugins and in the artifact."
  }

  validation {
    condition     = alltrue([for f in values(var.functions) : length([for key in concat(keys(try(f.variables, {})), keys(try(f.secrets, {}))) : key if can(regex("^(AFFIDAVIT_|AWS_|LAMBDA_|_HANDLER)", key))]) == 0])
    error_message = "Variables that begin with AFFIDAVIT_, AWS_ or LAMBDA_ are set by Terraform or by Lambda."
  }

  validation {
    condition     = length(flatten([for f in values(var.functions) : keys(try(f.routes, {}))])) == length(distinct(flatten([for f in values(var.functions) : keys(try(f.routes, {}))])))
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
  description = "What all functions have in common: Python and processor, for which the artifacts are built; the boundary of every role; whether concurrency is reserved, which an account with a small quota cannot; and tags that everything gets besides ours."
  type = object({
    runtime              = optional(string, "python3.13")
    architecture         = optional(string, "arm64")
    permissions_boundary = optional(string)
    reserve_concurrency  = optional(bool, true)
    tags                 = optional(map(string), {})
  })
  default = {}
}

variable "evidence" {
  description = "origin is the log's name in every checkpoint and can never change; witness, best in another account, gets copies of checkpoints (its bucket, and its key if it has one of its own); tsa_url, with certificates= a PEM file in the sealer's bundle, stamps them; dr_region gets replicas of tables, keys and archive; keys are those of yours that the ledger uses instead of its own; recovery_of says, there, whose replicas to go on with; with subjects = {} a subject can be forgotten, at the latest recovery_days later."
  type = object({
    origin              = string
    witness             = optional(object({ bucket = string, kms_key_arn = optional(string) }))
    tsa_url             = optional(string)
    dr_region           = optional(string)
    recovery_of         = optional(string)
    subjects            = optional(object({ recovery_days = optional(number, 0) }))
    deletion_protection = optional(bool, true)
    recovery_days       = optional(number, 35)
    timeout_ms          = optional(number, 250)
    keys                = optional(object({ store = optional(string), chain = optional(string), tokens = optional(string) }), {})
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
    condition     = var.authorizer != null || local.believes_anybody || length(flatten([for f in values(var.functions) : keys(try(f.routes, {}))])) == 0
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
    hosts         = optional(list(string), [])
    local_targets = optional(bool, false)
    resources     = optional(map(list(string)), {})
    outputs       = optional(map(string), {})
  })
  default = null

  validation {
    condition     = !try(var.harness.local_targets, false) || var.environment == "local"
    error_message = "harness.local_targets is for the environment local: a function on AWS has nothing to call on its own loopback."
  }

  validation {
    condition = alltrue([
      for kind in(var.harness == null ? [] : keys(var.harness.resources)) :
      contains(["tables", "functions", "queues", "buses", "buckets", "secrets", "parameters", "apis", "topics", "streams", "machines"], kind)
    ])
    error_message = "harness.resources knows tables, functions, queues, buses, buckets, secrets, parameters, apis, topics, streams and machines; the ledger is there already."
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
