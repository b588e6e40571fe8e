# The policy file is the only place that says how long logs and evidence stay and how much is traced.
# The functions obey the same file, compiled into their artifact.
locals {
  policy         = yamldecode(file("${path.module}/../policies/${var.policy}.yaml"))
  archive_days   = local.policy.retention.archive_days
  log_days       = local.policy.retention.log_days[var.environment]
  sample_percent = local.policy.tracing.sample_percent[var.environment]

  # Whether a caller who only says who they are, or does not, is believed.
  believes_anybody = length(setintersection(local.policy.actor.trust, ["anonymous", "asserted"])) > 0
}
