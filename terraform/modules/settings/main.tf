# The only place in Terraform that knows the names of affidavit's variables. A test compares them
# with affidavit.settings.VARIABLES.
locals {
  said = {
    AFFIDAVIT_POLICY      = var.policy
    AFFIDAVIT_LEDGER      = var.ledger_url
    AFFIDAVIT_ARCHIVE     = var.sealer.archive_url
    AFFIDAVIT_SIGNER      = var.sealer.signer_url
    AFFIDAVIT_WITNESS     = var.sealer.witness_url
    AFFIDAVIT_TSA         = var.sealer.tsa_url
    AFFIDAVIT_NOTIFY      = var.notify_url
    AFFIDAVIT_ENVIRONMENT = var.environment
    AFFIDAVIT_PLUGINS     = join(",", var.plugins)
    AFFIDAVIT_NAMESPACE   = var.namespace
    AFFIDAVIT_TENANT      = var.tenant
    AFFIDAVIT_LOG_LEVEL   = var.log_level
  }

  sources = { for name, url in var.sources : "AFFIDAVIT_SOURCE_${upper(name)}" => url }
}
