variable "name" {
  description = "Name of the function, and the prefix of what only it has."
  type        = string
}

variable "function" {
  description = "What is started: its alias, its dead letter queue and its role, as audited_function puts them out. The role gets the right to read what is followed; with none output.policy is for somebody else to attach."
  type = object({
    role_name    = optional(string)
    alias        = object({ function = string, qualifier = string, arn = string, invoke_arn = string })
    dead_letters = object({ name = string, url = string, arn = string })
  })
}

variable "prefix" {
  description = "Prefix of queues, topics and streams that are made here under a short name."
  type        = string
}

variable "timeout_seconds" {
  description = "How long the function may take, in seconds."
  type        = number
  default     = 10
}

variable "triggers" {
  description = "Triggers by a name of their own. queue, topic and stream are made here unless they are ARNs; table is a stream's ARN; bucket is one that is there. docs/functions.md says the rest."
  type = map(object({
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
  }))

  validation {
    condition     = alltrue([for one in values(var.triggers) : contains(["queue", "topic", "rule", "table", "stream", "bucket", "schedule"], one.type)])
    error_message = "A trigger's type is queue, topic, rule, table, stream, bucket or schedule; routes stand in routes."
  }

  validation {
    condition     = alltrue([for one in values(var.triggers) : lookup(merge(one, { rule = one.pattern, schedule = one.expression }), one.type, null) != null])
    error_message = "A trigger names what its type says: a queue its queue, a rule its pattern, a schedule its expression."
  }

  validation {
    condition     = alltrue([for one in values(var.triggers) : one.type != "topic" || length(coalesce(one.filters, [])) <= 1])
    error_message = "A topic's subscription has one filter policy."
  }

  validation {
    condition     = length([for one in values(var.triggers) : one if one.type == "bucket"]) == length(distinct([for one in values(var.triggers) : one.bucket if one.type == "bucket"]))
    error_message = "A bucket has one notification: say it in one trigger."
  }
}

variable "kms_key_arn" {
  description = "Key of the tables and of the function's dead letters."
  type        = string
}

variable "permissions_boundary" {
  description = "ARN of the boundary of every role that is made here; none if null."
  type        = string
  default     = null
}

variable "alarm_actions" {
  description = "ARNs that an alarm tells, such as an SNS topic."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags of everything that is made here, beside those of the provider."
  type        = map(string)
  default     = {}
}
