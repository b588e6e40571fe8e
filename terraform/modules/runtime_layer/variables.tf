variable "index" {
  description = "Path of the file with the ARNs, layers.json of a release."
  type        = string

  validation {
    condition     = can(keys(jsondecode(file(var.index))))
    error_message = "index must be a file of JSON as affidavit bundle publish writes it."
  }
}

variable "name" {
  description = "What the layer is called in the file."
  type        = string
  default     = "affidavit"
}

variable "runtime" {
  description = "The function's Python, such as python3.13."
  type        = string

  validation {
    condition     = can(regex("^python3[.](11|12|13|14)$", var.runtime))
    error_message = "runtime must be python3.11, python3.12, python3.13 or python3.14."
  }
}

variable "architecture" {
  description = "The function's processor, x86_64 or arm64."
  type        = string

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "architecture must be x86_64 or arm64."
  }
}

variable "plugins" {
  description = "Plugins of the function that the layer has to have."
  type        = set(string)
  default     = []
}
