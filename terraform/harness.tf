# Scenarios are played here: against the service as it stands, with rights that end at test data.

locals {
  with_harness = var.harness == null ? [] : [1]

  # API Gateway's own host; that of a local cloud only where local_targets says so.
  api_hosts = flatten([
    for url in module.api[*].url :
    concat(regexall("^https://([^/:]+)", url), try(var.harness.local_targets, false) ? regexall("^http://(127[.]0[.]0[.]1:[0-9]+)/", url) : [])
  ])

  harness_extra = merge(
    { for kind in ["tables", "functions", "queues", "buses", "buckets", "secrets", "parameters", "apis", "topics", "streams", "machines"] : kind => [] },
    one([for _ in local.with_harness : var.harness.resources]),
  )
}

module "harness_settings" {
  source = "./modules/settings"
  count  = length(local.with_harness)

  policy      = var.policy
  environment = var.environment
  ledger_url  = local.ledger.ledger_url
  namespace   = local.namespace
  plugins     = ["dynamodb", "harness", "ledger"]
}

module "harness" {
  source = "./modules/test_harness"
  count  = length(local.with_harness)

  name          = local.prefix
  environment   = { name = var.environment, tests_may_write = local.environment.tests_may_write }
  artifact      = local.artifacts["harness"]
  settings      = module.harness_settings[0].variables
  days          = { logs = local.log_days }
  kms_key_arn   = local.kms_key_arn
  alarm_actions = var.alarm_actions

  permissions_boundary = var.runtime.permissions_boundary

  compute = {
    runtime              = var.runtime.runtime
    architecture         = var.runtime.architecture
    reserved_concurrency = var.runtime.reserve_concurrency ? 50 : -1
  }

  resources = merge(local.harness_extra, {
    tables      = concat(local.harness_extra.tables, [for table in module.table : table.arn])
    functions   = concat(local.harness_extra.functions, [for function in module.function : function.arn])
    ledgers     = [local.ledger.table_arn]
    ledger_keys = local.ledger.writer_key_arns
    spills      = [local.ledger.spill_arn]
  })

  # Outputs are what scenarios find with from: terraform-output. A function by its alias: what callers reach.
  scenarios = {
    hosts         = distinct(concat(local.api_hosts, var.harness.hosts))
    local_targets = var.harness.local_targets
    logs          = [for function in module.function : function.log_group_name]
    outputs = merge(
      { url = coalesce(one(module.api[*].url), "none") },
      { for name, function in module.function : "${replace(name, "-", "_")}_function" => "${function.name}:live" },
      { for name, table in module.table : "${replace(name, "-", "_")}_table" => table.name },
      var.harness.outputs,
    )
  }
}
