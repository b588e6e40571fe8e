# Nothing here knows of a laptop: there, AWS_ENDPOINT_URL says where AWS is.
provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

# For recovery. Without evidence.dr_region nothing uses it.
provider "aws" {
  alias  = "dr"
  region = coalesce(var.evidence.dr_region, var.region)

  default_tags {
    tags = local.tags
  }
}
