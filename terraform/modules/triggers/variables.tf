variable "name" {
  description = "Name of the function, and the prefix of what only it has."
  type        = string
}

variable "function" {
  description = "What is started: its alias and its dead letter queue, as audited_function puts them out."
  type = object({
    alias        = object({ function = string, qualifier = string, arn = string, invoke_arn = string })
    dead_letters = object({ name = string, url = string, arn = string })
  })
}

variable "triggers" {
  description = "Triggers by a name of their own, as trigger_sources has checked them."
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
}

variable "alarm_actions" {
  description = "ARNs that an alarm tells, such as an SNS topic."
  type        = list(string)
  default     = []
}

variable "sources" {
  description = "ARNs of what each queue, topic, stream and table trigger follows, URLs of the queues that were made, and dead letter queues of FIFO ones: as trigger_sources puts them out."
  type = object({
    arns       = map(string)
    queue_urls = map(string)
    fifo_dead  = map(object({ name = string, arn = string }))
  })
}
