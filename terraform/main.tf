# An audited service: a ledger, its sealed archive, functions that write to it, and their entrance.

locals {
  prefix    = local.recovering ? "${local.home}-dr" : local.home
  namespace = "affidavit/${local.prefix}"
  bundles   = "${path.module}/../build/bundles"
  names     = concat(keys(var.functions), ["sealer", "harness"])

  # What a function does not say of itself is what all have.
  runs_on = {
    for name in local.names : name => {
      runtime      = coalesce(try(local.functions[name].runtime, null), var.runtime.runtime)
      architecture = coalesce(try(local.functions[name].architecture, null), var.runtime.architecture)
    }
  }

  artifacts = {
    for name in local.names : name => lookup(var.artifacts, name, {
      path           = "${local.bundles}/${name}-${local.runs_on[name].runtime}-${local.runs_on[name].architecture}.zip"
      bucket         = null
      key            = null
      object_version = null
      sha256_base64  = null
    })
  }

  tags = merge(var.runtime.tags, {
    Service     = var.name
    Environment = var.environment
    Policy      = var.policy
    ManagedBy   = "terraform"
  })
}

module "ledger" {
  source = "./modules/audit_ledger"
  count  = local.recovering ? 0 : 1

  name                = "${local.home}-records"
  deletion_protection = var.evidence.deletion_protection
  recovery_days       = var.evidence.recovery_days
  timeout_ms          = var.evidence.timeout_ms
  keys                = var.evidence.keys
  dr_region           = var.evidence.dr_region
  dr_key_arn          = local.dr_keys["store"]
  alarm_actions       = var.alarm_actions
}

module "subjects" {
  source = "./modules/subject_salts"
  count  = local.recovering || var.evidence.subjects == null ? 0 : 1

  name                = "${local.home}-subjects"
  deletion_protection = var.evidence.deletion_protection
  recovery_days       = var.evidence.subjects.recovery_days
  dr_region           = var.evidence.dr_region
  dr_key_arn          = local.dr_keys["salts"]
  alarm_actions       = var.alarm_actions
}

module "sealer_settings" {
  source = "./modules/settings"

  policy      = var.policy
  environment = var.environment
  ledger_url  = local.ledger.ledger_url
  namespace   = local.namespace
  plugins     = ["dynamodb", "ledger"]

  sealer = {
    archive_url = local.recovering ? null : module.archive[0].archive_url
    signer_url  = local.recovering ? null : module.archive[0].signer_url
    witness_url = local.recovering ? null : module.archive[0].witness_url
    tsa_url     = local.recovering ? null : var.evidence.tsa_url
  }
}

module "archive" {
  source = "./modules/audit_archive"
  count  = local.recovering ? 0 : 1

  name                 = "${local.prefix}-archive"
  feed                 = merge(module.ledger[0].feed, { salts_policies = local.salts.handler })
  origin               = var.evidence.origin
  days                 = { archive = local.archive_days, logs = local.log_days }
  artifact             = local.artifacts["sealer"]
  settings             = module.sealer_settings.variables
  compute              = var.runtime
  kms_key_arn          = module.ledger[0].kms_key_arn
  witness              = var.evidence.witness
  permissions_boundary = var.runtime.permissions_boundary
  alarm_actions        = var.alarm_actions
}

# Needs a provider of its own, so it is called only where there is a second region.
module "second_region" {
  source = "./modules/second_region"
  count  = var.evidence.dr_region == null ? 0 : 1

  providers = {
    aws    = aws
    aws.dr = aws.dr
  }

  region               = var.evidence.dr_region
  keys                 = merge(module.ledger[0].replica_keys, module.archive[0].replica_keys, var.evidence.subjects == null ? {} : module.subjects[0].replica_keys)
  tables               = merge(module.ledger[0].replica_tables, var.evidence.subjects == null ? {} : module.subjects[0].replica_tables)
  archive              = module.archive[0].replica_archive
  permissions_boundary = var.runtime.permissions_boundary
}

locals {
  dr_keys = { for name in ["store", "salts"] : name => try(module.second_region[0].key_arns[name], null) }
}

module "oracle" {
  source = "./modules/oracle_access"
  count  = var.databases.oracle == null ? 0 : 1

  name        = local.prefix
  vpc_id      = var.databases.oracle.vpc_id
  subnets     = var.databases.oracle.subnets
  subnet_ids  = var.databases.oracle.subnet_ids
  endpoints   = var.databases.oracle.endpoints
  database    = var.databases.oracle.database
  kms_key_arn = local.kms_key_arn

  endpoint_clients            = var.databases.oracle.endpoint_clients
  endpoint_security_group_ids = var.databases.oracle.endpoint_security_group_ids
  gateway_prefix_list_ids     = var.databases.oracle.gateway_prefix_list_ids
}

module "table" {
  source   = "./modules/data_table"
  for_each = var.databases.tables

  name                = "${local.home}-${each.key}"
  key                 = each.value
  deletion_protection = var.evidence.deletion_protection
  recovery_days       = var.evidence.recovery_days
  kms_key_arn         = local.kms_key_arn
  made_elsewhere      = local.recovering
  stream              = contains(local.followed, each.key)
  dr                  = var.evidence.dr_region == null ? null : { region = var.evidence.dr_region, kms_key_arn = local.dr_keys["store"] }
}

module "notices" {
  source   = "./modules/notices"
  for_each = { for name, function in local.functions : name => function.notify if function.notify != null }

  mail        = each.value.mail
  bus         = each.value.bus
  source_name = each.value.source_name
}

module "function_settings" {
  source   = "./modules/settings"
  for_each = local.functions

  policy      = var.policy
  environment = var.environment
  ledger_url  = local.ledger.ledger_url
  namespace   = local.namespace
  plugins     = each.value.plugins
  tenant      = each.value.tenant
  log_level   = each.value.log_level
  notify_url  = try(module.notices[each.key].url, null)
  sources = {
    for name, url in each.value.sources : name => try(
      "dynamodb://${module.table[trimprefix(url, "dynamodb://")].name}",
      replace(url, "{secret}", one(module.oracle[*].secret_arn)),
      url,
    )
  }
}

module "function" {
  source   = "./modules/audited_function"
  for_each = local.functions

  name               = "${local.prefix}-${each.key}"
  artifact           = local.artifacts[each.key]
  handler            = each.value.handler
  settings           = merge(local.placed[each.key].variables, module.function_settings[each.key].variables)
  rights             = { documents = local.rights[each.key], managed = each.value.rights.managed, boundary = var.runtime.permissions_boundary }
  network            = each.value.network != null ? each.value.network : local.asks_oracle[each.key] ? one(module.oracle[*].network) : null
  kms_key_arn        = local.kms_key_arn
  log_retention_days = local.log_days
  alarm_actions      = var.alarm_actions
  canary             = each.value.canary

  compute = merge(local.runs_on[each.key], {
    layers               = each.value.layers
    memory_mb            = each.value.memory_mb
    timeout_seconds      = each.value.timeout_seconds
    reserved_concurrency = var.runtime.reserve_concurrency ? each.value.reserved_concurrency : -1
    snap_start           = each.value.snap_start
  })
}

locals {
  asks_oracle = {
    for name, function in local.functions : name => anytrue([for url in values(function.sources) : startswith(url, "oracle:")])
  }

  # What each function may do besides logging and tracing.
  rights = {
    for name, function in local.functions : name => concat(
      [local.ledger.writer_policy],
      [for table, right in function.tables : module.table[table].policies[right]],
      local.asks_oracle[name] ? module.oracle[*].reader_policy : [],
      local.salts.handler,
      function.notify == null ? [] : [module.notices[name].policy],
      contains(keys(data.aws_iam_policy_document.own), name) ? [data.aws_iam_policy_document.own[name].json] : [],
    )
  }

  routes = merge([
    for name, function in local.functions : {
      for route, how in function.routes : route => merge(module.function[name].alias, { public = how.public })
    }
  ]...)

  # Tables whose changes start something.
  followed = distinct(flatten([for function in local.functions : [for one in values(function.triggers) : one.table if one.type == "table"]]))
}

locals {
  triggers = {
    for name, function in local.functions : name => {
      for key, one in function.triggers : key => merge(one, {
        table  = one.table == null ? null : try(module.table[one.table].stream_arn, one.table)
        bucket = one.bucket == null ? null : replace(one.bucket, "{prefix}", local.prefix)
      })
    } if length(function.triggers) > 0
  }
}

module "triggers" {
  source   = "./modules/triggers"
  for_each = local.triggers

  name                 = "${local.prefix}-${each.key}"
  prefix               = local.prefix
  function             = { for key in ["alias", "dead_letters", "role_name"] : key => module.function[each.key][key] }
  timeout_seconds      = local.functions[each.key].timeout_seconds
  triggers             = each.value
  kms_key_arn          = local.kms_key_arn
  permissions_boundary = var.runtime.permissions_boundary
  alarm_actions        = var.alarm_actions
}

module "api" {
  source = "./modules/http_api"
  count  = length(local.routes) > 0 ? 1 : 0

  name               = local.prefix
  routes             = local.routes
  authorizer         = var.authorizer
  log_retention_days = local.log_days
  kms_key_arn        = local.kms_key_arn
  alarm_actions      = var.alarm_actions
}

module "observability" {
  source = "./modules/observability"

  name            = local.prefix
  namespace       = local.namespace
  functions       = [for function in module.function : function.name]
  log_group_names = [for function in module.function : function.log_group_name]
  sample_percent  = local.sample_percent
  latency_ms      = var.evidence.timeout_ms
  alarm_actions   = var.alarm_actions
}
