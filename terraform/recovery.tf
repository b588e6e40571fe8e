# Two regions, two roots of the same code. The first one (evidence.dr_region) makes replicas of table,
# keys, salts, the service's tables, and a copy of the archive. The second one (evidence.recovery_of)
# makes functions and an entrance on these, and neither a ledger nor a sealer.

locals {
  recovering = var.evidence.recovery_of != null

  # What the first region calls its things; the second one's own names differ, because roles and
  # dashboards are the account's.
  home = "${var.name}-${var.environment}"

  # Member by member: as a whole each of these modules waits for its functions, which wait for the URL.
  ledger = {
    ledger_url      = local.recovering ? module.recovered[0].ledger_url : join("&", concat([module.ledger[0].ledger_url], module.subjects[*].parameter))
    table_name      = local.recovering ? module.recovered[0].table_name : module.ledger[0].table_name
    table_arn       = local.recovering ? module.recovered[0].table_arn : module.ledger[0].table_arn
    writer_policy   = local.recovering ? module.recovered[0].writer_policy : module.ledger[0].writer_policy
    auditor_policy  = local.recovering ? module.recovered[0].auditor_policy : module.ledger[0].auditor_policy
    spill_arn       = local.recovering ? module.recovered[0].spill_arn : module.ledger[0].feed.spill_arn
    writer_key_arns = local.recovering ? module.recovered[0].writer_key_arns : module.ledger[0].writer_key_arns
  }

  # Apart from the ledger, which is whole only with its spill queue: a queue takes half a minute, and
  # what is encrypted with the key would wait for it.
  kms_key_arn = local.recovering ? module.recovered[0].kms_key_arn : module.ledger[0].kms_key_arn

  salts = {
    handler = local.recovering ? [for role, json in module.recovered[0].salts_policies : json if role == "handler"] : [for salts in module.subjects : salts.policies["handler"]]
    auditor = local.recovering ? [for role, json in module.recovered[0].salts_policies : json if role == "auditor"] : [for salts in module.subjects : salts.policies["auditor"]]
  }
}

module "recovered" {
  source = "./modules/recovered_ledger"
  count  = local.recovering ? 1 : 0

  name          = "${local.home}-records"
  subjects      = var.evidence.subjects == null ? null : "${local.home}-subjects"
  timeout_ms    = var.evidence.timeout_ms
  compute       = var.runtime
  alarm_actions = var.alarm_actions

  permissions_boundary = var.runtime.permissions_boundary

  replayer = {
    name               = "${local.prefix}-replay"
    artifact           = local.artifacts["sealer"]
    settings           = module.sealer_settings.variables
    log_retention_days = local.log_days
  }
}
