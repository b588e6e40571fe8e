# What functions.toml says, in the form in which the modules take it.
locals {
  functions = module.definition.functions

  # What stands for this deployment in rights and variables of a function.
  stands_for = {
    "{prefix}"    = local.prefix
    "{region}"    = var.region
    "{account}"   = data.aws_caller_identity.current.account_id
    "{partition}" = data.aws_partition.current.partition
  }

  # The secrets that URLs of HTTP sources name, and where buckets that are sources lie.
  asked_with = {
    for name, function in local.functions : name => flatten([
      for url in values(function.sources) : regexall("[?&]secret=([^&]+)", url) if startswith(url, "https:")
    ])
  }
  objects = {
    for name, function in local.functions : name => [
      for url in values(function.sources) : regex("^s3://(?P<bucket>[^/?]+)(?P<prefix>[^?]*)", url) if startswith(url, "s3:")
    ]
  }

  placed = {
    for name, function in local.functions : name => {
      variables = {
        for key, value in merge(function.variables, function.secrets) : key => replace(replace(replace(replace(
          value, "{prefix}", local.prefix), "{region}", var.region), "{account}", local.stands_for["{account}"]),
        "{partition}", local.stands_for["{partition}"])
      }
      statements = [
        for one in function.rights.statements : {
          actions = one.actions
          resources = [
            for resource in one.resources : replace(replace(replace(replace(
              resource, "{prefix}", local.prefix), "{region}", var.region), "{account}", local.stands_for["{account}"]),
            "{partition}", local.stands_for["{partition}"])
          ]
        }
      ]
      # A name alone gets six characters from Secrets Manager; an ARN has them.
      secrets = [
        for secret in concat(values(function.secrets), local.asked_with[name]) : startswith(secret, "arn:") ? secret : join(":", [
          "arn", data.aws_partition.current.partition, "secretsmanager", var.region,
          data.aws_caller_identity.current.account_id, "secret", "${secret}-??????",
        ])
      ]
    }
  }
}

module "definition" {
  source = "./modules/definition"

  functions = var.functions
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_iam_policy_document" "own" {
  for_each = { for name, one in local.placed : name => one if length(one.statements) + length(one.secrets) + length(local.objects[name]) > 0 }

  dynamic "statement" {
    for_each = { for index, one in each.value.statements : index => one }

    content {
      sid       = "Own${statement.key}"
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }

  dynamic "statement" {
    for_each = length(each.value.secrets) == 0 ? [] : [each.value.secrets]

    content {
      sid       = "ReadItsSecrets"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(local.objects[each.key]) == 0 ? [] : [local.objects[each.key]]

    content {
      sid       = "ReadItsObjects"
      actions   = ["s3:GetObject"]
      resources = [for one in statement.value : "arn:${data.aws_partition.current.partition}:s3:::${one.bucket}${trimsuffix(one.prefix, "/")}/*"]
    }
  }

  # Without it S3 answers "forbidden" where there is no object, and nobody can tell the two apart.
  dynamic "statement" {
    for_each = length(local.objects[each.key]) == 0 ? [] : [local.objects[each.key]]

    content {
      sid       = "TellWhatIsMissing"
      actions   = ["s3:ListBucket"]
      resources = distinct([for one in statement.value : "arn:${data.aws_partition.current.partition}:s3:::${one.bucket}"])
    }
  }
}
