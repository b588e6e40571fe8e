# An audited service: a ledger, its sealed archive, functions that write to it, and their entrance.

locals {
  prefix    = local.recovering ? "${local.home}-dr" : local.home
  namespace = "affidavit/${local.prefix}"
  bundles   = "${path.module}/../build/bundles"
  built_for = "${var.runtime.runtime}-${var.runtime.architecture}"
  names     = concat(keys(var.functions), ["sealer", "harness"])

  artifacts = {
    for name in local.names : name => lookup(var.artifacts, name, {
      path           = "${local.bundles}/${name}-${local.built_for}.zip"
      bucket         = null
      key            = null
      object_version = null
      sha256_base64  = null
    })
  }

  tags = {
    Service     = var.name
    Environment = var.environment
    Policy      = var.policy
    ManagedBy   = "terraform"
  }
}

module "ledger" {
  source = "./modules/audit_ledger"
  count  = local.recovering ? 0 : 1

  providers = {
    aws    = aws
    aws.dr = aws.dr
  }

  name                = "${local.home}-records"
  deletion_protection = var.evidence.deletion_protection
  recovery_days       = var.evidence.recovery_days
  timeout_ms          = var.evidence.timeout_ms
  dr_region           = var.evidence.dr_region
  alarm_actions       = var.alarm_actions
}

module "subjects" {
  source = "./modules/subject_salts"
  count  = local.recovering || var.evidence.subjects == null ? 0 : 1

  providers = {
    aws    = aws
    aws.dr = aws.dr
  }

  name                = "${local.home}-subjects"
  deletion_protection = var.evidence.deletion_protection
  recovery_days       = var.evidence.subjects.recovery_days
  dr_region           = var.evidence.dr_region
  alarm_actions       = var.alarm_actions
}

module "sealer_settings" {
  source = "./modules/settings"

  policy      = var.policy
  environment = var.environment
  ledger_url  = local.ledger.ledger_url
  archive_url = local.recovering ? null : module.archive[0].archive_url
  signer_url  = local.recovering ? null : module.archive[0].signer_url
  witness_url = local.recovering ? null : module.archive[0].witness_url
  namespace   = local.namespace
  plugins     = ["dynamodb", "ledger"]
}

module "archive" {
  source = "./modules/audit_archive"
  count  = local.recovering ? 0 : 1

  providers = {
    aws    = aws
    aws.dr = aws.dr
  }

  name               = "${local.prefix}-archive"
  feed               = module.ledger[0].feed
  origin             = var.evidence.origin
  archive_days       = local.archive_days
  artifact           = local.artifacts["sealer"]
  settings           = module.sealer_settings.variables
  runtime            = var.runtime
  kms                = { key_arn = module.ledger[0].kms_key_arn, dr_key_arn = module.ledger[0].dr_kms_key_arn }
  dr_region          = var.evidence.dr_region
  witness_bucket     = var.evidence.witness_bucket
  log_retention_days = local.log_days
  alarm_actions      = var.alarm_actions
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
  kms_key_arn = local.ledger.kms_key_arn

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
  kms_key_arn         = local.ledger.kms_key_arn
  made_elsewhere      = local.recovering
  dr                  = var.evidence.dr_region == null ? null : { region = var.evidence.dr_region, kms_key_arn = module.ledger[0].dr_kms_key_arn }
}

module "notices" {
  source   = "./modules/notices"
  for_each = { for name, function in var.functions : name => function.notify if function.notify != null }

  mail        = each.value.mail
  bus         = each.value.bus
  source_name = each.value.source_name
}

module "function_settings" {
  source   = "./modules/settings"
  for_each = var.functions

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
  for_each = var.functions

  name               = "${local.prefix}-${each.key}"
  artifact           = local.artifacts[each.key]
  handler            = each.value.handler
  settings           = module.function_settings[each.key].variables
  policy_documents   = local.rights[each.key]
  network            = local.asks_oracle[each.key] ? one(module.oracle[*].network) : null
  kms_key_arn        = local.ledger.kms_key_arn
  log_retention_days = local.log_days
  alarm_actions      = var.alarm_actions
  canary             = each.value.canary

  compute = merge(var.runtime, {
    memory_mb            = each.value.memory_mb
    timeout_seconds      = each.value.timeout_seconds
    reserved_concurrency = each.value.reserved_concurrency
    snap_start           = each.value.snap_start
  })
}

locals {
  asks_oracle = {
    for name, function in var.functions : name => anytrue([for url in values(function.sources) : startswith(url, "oracle:")])
  }

  # What each function may do besides logging and tracing.
  rights = {
    for name, function in var.functions : name => concat(
      [local.ledger.writer_policy],
      [for table, right in function.tables : module.table[table].policies[right]],
      local.asks_oracle[name] ? module.oracle[*].reader_policy : [],
      local.salts.handler,
      function.notify == null ? [] : [module.notices[name].policy],
    )
  }

  routes = { for name, function in var.functions : function.route => module.function[name].alias if function.route != null }
}

module "api" {
  source = "./modules/http_api"
  count  = length(local.routes) > 0 ? 1 : 0

  name               = local.prefix
  routes             = local.routes
  authorizer         = var.authorizer
  log_retention_days = local.log_days
  kms_key_arn        = local.ledger.kms_key_arn
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
