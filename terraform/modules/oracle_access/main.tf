data "aws_region" "current" {}

locals {
  # Subnets that are there, or those that are made here.
  makes_subnets = var.subnet_ids == null
  subnet_ids    = local.makes_subnets ? [for subnet in aws_subnet.this : subnet.id] : var.subnet_ids
  interfaces    = toset([for service in var.endpoints : service if !contains(["dynamodb", "s3"], service)])
  gateways      = toset([for service in var.endpoints : service if contains(["dynamodb", "s3"], service)])
}

# Private: no route to the internet. AWS's services are reached through endpoints.
resource "aws_subnet" "this" {
  for_each = local.makes_subnets ? var.subnets : {}

  vpc_id            = var.vpc_id
  availability_zone = each.key
  cidr_block        = each.value

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_route_table" "this" {
  count  = local.makes_subnets ? 1 : 0
  vpc_id = var.vpc_id

  tags = merge(var.tags, { Name = var.name })

  # Routes to the database's network belong to whoever owns that network.
  lifecycle {
    ignore_changes = [route]
  }
}

resource "aws_route_table_association" "this" {
  for_each = aws_subnet.this

  subnet_id      = each.value.id
  route_table_id = aws_route_table.this[0].id
}

resource "aws_security_group" "functions" {
  #checkov:skip=CKV2_AWS_5:It is attached to the functions, in another module.
  name        = "${var.name}-functions"
  description = "Functions that read the database"
  vpc_id      = var.vpc_id
  tags        = var.tags
}

resource "aws_vpc_security_group_egress_rule" "database" {
  security_group_id = aws_security_group.functions.id
  description       = "The database"
  cidr_ipv4         = var.database.cidr
  from_port         = var.database.port
  to_port           = var.database.port
  ip_protocol       = "tcp"
  tags              = var.tags
}

# Endpoints that are there already, behind the network's own security groups.
resource "aws_vpc_security_group_egress_rule" "existing" {
  for_each = var.endpoint_security_group_ids

  security_group_id            = aws_security_group.functions.id
  description                  = "AWS services through the network's own endpoints"
  referenced_security_group_id = each.value
  from_port                    = 443
  to_port                      = 443
  ip_protocol                  = "tcp"
  tags                         = var.tags
}

resource "aws_vpc_security_group_egress_rule" "existing_gateways" {
  for_each = var.gateway_prefix_list_ids

  security_group_id = aws_security_group.functions.id
  description       = "${each.key} through the network's own gateway"
  prefix_list_id    = each.value
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
  tags              = var.tags
}

# Only what was asked for: an endpoint with private DNS answers for the whole network, so everybody
# in it has to be let in, and a second one for the same service is refused by AWS.
resource "aws_security_group" "endpoints" {
  count = length(local.interfaces) > 0 ? 1 : 0

  name        = "${var.name}-endpoints"
  description = "Entrances to AWS services"
  vpc_id      = var.vpc_id
  tags        = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "network" {
  for_each = length(local.interfaces) > 0 ? toset(var.endpoint_clients) : []

  security_group_id = aws_security_group.endpoints[0].id
  description       = "From the whole network, whose names lead here"
  cidr_ipv4         = each.value
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
  tags              = var.tags
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  count = length(local.interfaces) > 0 ? 1 : 0

  security_group_id            = aws_security_group.functions.id
  description                  = "AWS services through their endpoints"
  referenced_security_group_id = aws_security_group.endpoints[0].id
  from_port                    = 443
  to_port                      = 443
  ip_protocol                  = "tcp"
  tags                         = var.tags
}

resource "aws_vpc_endpoint" "gateway" {
  for_each = local.gateways

  vpc_id          = var.vpc_id
  service_name    = "com.amazonaws.${data.aws_region.current.id}.${each.key}"
  route_table_ids = aws_route_table.this[*].id
  tags            = var.tags
}

resource "aws_vpc_security_group_egress_rule" "gateways" {
  for_each = aws_vpc_endpoint.gateway

  security_group_id = aws_security_group.functions.id
  description       = "${each.key} through its gateway"
  prefix_list_id    = each.value.prefix_list_id
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
  tags              = var.tags
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.interfaces

  vpc_id              = var.vpc_id
  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.${data.aws_region.current.id}.${each.key}"
  subnet_ids          = local.subnet_ids
  security_group_ids  = [aws_security_group.endpoints[0].id]
  private_dns_enabled = true
  tags                = var.tags
}

# Empty: whoever owns the database puts user and password in, so that they are in no state file.
resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV2_AWS_57:Whoever owns the database rotates its password; a rotation function of ours would need administrator's rights there.
  name                    = "${var.name}/oracle"
  description             = "User and password of the database account that may only read"
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = 30
  tags                    = var.tags
}

data "aws_iam_policy_document" "reader" {
  statement {
    sid       = "ReadTheCredentials"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.this.arn]
  }

  statement {
    sid       = "DecryptTheCredentials"
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${data.aws_region.current.id}.amazonaws.com"]
    }
  }
}
