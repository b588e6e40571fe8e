variable "functions" {
  description = "Functions by short name, as functions.toml or a tfvars file says them."
  type = map(object({
    handler              = string
    runtime              = optional(string)
    architecture         = optional(string)
    routes               = optional(map(object({ public = optional(bool, false) })), {})
    sources              = optional(map(string), {})
    tables               = optional(map(string), {})
    plugins              = optional(list(string), ["dynamodb"])
    variables            = optional(map(string), {})
    secrets              = optional(map(string), {})
    layers               = optional(list(string), [])
    tenant               = optional(string)
    log_level            = optional(string, "info")
    memory_mb            = optional(number, 512)
    timeout_seconds      = optional(number, 10)
    reserved_concurrency = optional(number, 10)
    snap_start           = optional(bool, false)
    network              = optional(object({ subnet_ids = list(string), security_group_ids = optional(list(string), []) }))
    canary               = optional(object({ weight = optional(number), minutes = optional(number), max_errors = optional(number) }))
    rights = optional(object({
      statements = optional(list(object({ actions = list(string), resources = list(string) })), [])
      managed    = optional(list(string), [])
    }), {})
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
    triggers = optional(map(object({
      type             = string
      queue            = optional(string)
      topic            = optional(string)
      bus              = optional(string)
      pattern          = optional(string)
      table            = optional(string)
      stream           = optional(string)
      bucket           = optional(string)
      events           = optional(list(string))
      prefix           = optional(string)
      suffix           = optional(string)
      expression       = optional(string)
      timezone         = optional(string)
      batch            = optional(number)
      window_s         = optional(number)
      concurrency      = optional(number)
      receives         = optional(number)
      fifo             = optional(bool)
      filters          = optional(list(string))
      partial_failures = optional(bool)
      start            = optional(string)
      retries          = optional(number)
      age_s            = optional(number)
      bisect           = optional(bool)
      parallel         = optional(number)
      tumbling_s       = optional(number)
      dead_letters     = optional(bool)
    })), {})
  }))
}
