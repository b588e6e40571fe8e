variable "name" {
  description = "Name of the bucket. Bucket names are shared by the whole world."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts the objects, in the bucket's region."
  type        = string
}

variable "locked" {
  description = "Whether objects can be locked; what locks them is for who uses this module to say."
  type        = bool
  default     = true
}

variable "access_log_bucket" {
  description = "Bucket for the log of who reads this one; none if CloudTrail's data events do that."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything that is made here, beside those of the provider."
  type        = map(string)
  default     = {}
}
