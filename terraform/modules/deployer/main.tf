# What Terraform asked for while the modules were deployed on the local cloud, by service; made by
# `make deployer`. {prefix}, {region}, {account} and {partition} stand for this deployment's.
data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account  = data.aws_caller_identity.current.account_id
  recorded = jsondecode(file("${path.module}/rights.json"))

  statements = {
    for service, statements in local.recorded : service => [
      for one in statements : {
        Effect = "Allow"
        Action = one.actions
        Resource = [
          for arn in one.resources : replace(replace(replace(replace(
            arn, "{prefix}", var.prefix), "{region}", local.region), "{account}", local.account),
          "{partition}", data.aws_partition.current.partition)
        ]
      }
    ]
  }

  # A region's name stands in ARNs of both, if there are two.
  region = var.second_region ? "*" : data.aws_region.current.id

  # Roles are made with the boundary only, if there is one; otherwise who deploys could give itself more.
  bounded = var.permissions_boundary == null ? [] : [{
    Effect    = "Deny"
    Action    = ["iam:CreateRole", "iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"]
    Resource  = ["*"]
    Condition = { StringNotEquals = { "iam:PermissionsBoundary" = var.permissions_boundary } }
  }]

  # Its own role and its own policies are not for the one who deploys to change.
  itself = [{
    Effect   = "Deny"
    Action   = ["iam:*"]
    Resource = [for kind in ["role", "policy"] : "arn:${data.aws_partition.current.partition}:iam::${local.account}:${kind}/${var.prefix}-deployer*"]
  }]

  of_state = [
    { Effect = "Allow", Action = ["s3:ListBucket"], Resource = ["arn:${data.aws_partition.current.partition}:s3:::${var.state.bucket}"] },
    {
      Effect   = "Allow"
      Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
      Resource = ["arn:${data.aws_partition.current.partition}:s3:::${var.state.bucket}/${var.prefix}/*"]
    },
    { Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = [var.state.key_arn] },
  ]

  # A managed policy has at most 6,144 characters, and a role ten of them: services share policies.
  documents = merge(
    { for number, services in chunklist(sort(keys(local.statements)), 3) : "services-${number}" => flatten([for service in services : local.statements[service]]) },
    { limits = concat(local.of_state, local.bounded, local.itself) },
  )
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [var.trust.provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = [var.trust.audience]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = var.trust.subjects
    }
  }
}

locals {
  issuer = split(":oidc-provider/", var.trust.provider_arn)[1]
}

resource "aws_iam_role" "this" {
  name                 = "${var.prefix}-deployer"
  description          = "Deploys ${var.prefix}"
  assume_role_policy   = data.aws_iam_policy_document.assume.json
  max_session_duration = 3600
  tags                 = var.tags
}

resource "aws_iam_policy" "this" {
  for_each = local.documents

  name        = "${var.prefix}-deployer-${each.key}"
  description = "What deploying ${var.prefix} takes"
  policy      = jsonencode({ Version = "2012-10-17", Statement = each.value })
  tags        = var.tags

  lifecycle {
    precondition {
      condition     = length(jsonencode({ Version = "2012-10-17", Statement = each.value })) <= 6144
      error_message = "A managed policy has at most 6,144 characters: take fewer services a policy in modules/deployer."
    }
  }
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = aws_iam_policy.this

  role       = aws_iam_role.this.name
  policy_arn = each.value.arn
}
