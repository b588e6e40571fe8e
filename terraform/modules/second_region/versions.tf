terraform {
  required_version = ">= 1.9, < 2.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"

      # The second one is the region that gets replicas.
      configuration_aliases = [aws, aws.dr]
    }
  }
}
