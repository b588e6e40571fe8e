# The policy file is the only place that says how long logs and evidence stay and how much is traced.
# The functions obey the same file, compiled into their artifact.
locals {
  policy         = yamldecode(file("${path.module}/../policies/${var.policy}.yaml"))
  archive_days   = local.policy.retention.archive_days
  log_days       = local.environment.log_days
  sample_percent = local.environment.sample_percent

  # What the policy says of this environment, or of every one that it does not name. What it leaves
  # out is the strict choice.
  environment = merge(
    { trust_asserted = false, tests_may_write = false, local_artifacts = false, deletable = false },
    try(local.policy.environments[var.environment], local.policy.environments.default)
  )

  # Whether a caller who only says who they are, or does not, is believed.
  believes_anybody = local.environment.trust_asserted && length(setintersection(local.policy.actor.trust, ["anonymous", "asserted"])) > 0
}
