# What a function may say, key by key. functions.toml is checked before, with the nearest name;
# this is for what is written by hand. A test holds it against the types of modules/definition.
locals {
  known = {
    functions = [
      "handler", "runtime", "architecture", "routes", "sources", "tables", "plugins", "variables",
      "secrets", "layers", "tenant", "log_level", "memory_mb", "timeout_seconds",
      "reserved_concurrency", "snap_start", "network", "canary", "rights", "notify", "triggers",
    ]
    routes     = ["public"]
    network    = ["subnet_ids", "security_group_ids"]
    canary     = ["weight", "minutes", "max_errors"]
    rights     = ["statements", "managed"]
    statements = ["actions", "resources"]
    notify     = ["bus", "source_name", "mail"]
    mail       = ["sender", "bucket", "prefix", "version", "identity", "kms_key_arn", "audiences", "domains"]
    triggers = [
      "type", "queue", "topic", "bus", "pattern", "table", "stream", "bucket", "events", "prefix",
      "suffix", "expression", "timezone", "batch", "window_s", "concurrency", "receives", "fifo",
      "filters", "partial_failures", "start", "retries", "age_s", "bisect", "parallel",
      "tumbling_s", "dead_letters",
    ]
  }
}
