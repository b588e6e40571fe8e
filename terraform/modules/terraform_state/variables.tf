variable "name" {
  description = "Name of the bucket. Bucket names are shared by the whole world."
  type        = string
}

variable "keep_days" {
  description = "Days for which a state that was replaced can still be fetched."
  type        = number
  default     = 90

  validation {
    condition     = var.keep_days >= 7
    error_message = "keep_days must be at least 7: a broken state is not noticed the same day."
  }
}

variable "tags" {
  description = "Tags of everything that is made here, beside those of the provider."
  type        = map(string)
  default     = {}
}
