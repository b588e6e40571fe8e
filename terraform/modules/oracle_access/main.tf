data "aws_region" "current" {}


# Private: no route to the internet. AWS's services are reached through endpoints.
resource "aws_subnet" "this" {
  for_each = var.subnets

  vpc_id            = var.vpc_id
  availability_zone = each.key
  cidr_block        = each.value

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_route_table" "this" {
  vpc_id = var.vpc_id

  tags = { Name = var.name }

  # Routes to the database's network belong to whoever owns that network.
  lifecycle {
    ignore_changes = [route]
  }
}

resource "aws_route_table_association" "this" {
  for_each = aws_subnet.this

  subnet_id      = each.value.id
  route_table_id = aws_route_table.this.id
}

resource "aws_security_group" "functions" {
  #checkov:skip=CKV2_AWS_5:It is attached to the functions, in another module.
  name        = "${var.name}-functions"
  description = "Functions that read the database"
  vpc_id      = var.vpc_id
}

resource "aws_security_group" "endpoints" {
  name        = "${var.name}-endpoints"
  description = "Entrances to AWS services"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "database" {
  security_group_id = aws_security_group.functions.id
  description       = "The database"
  cidr_ipv4         = var.database.cidr
  from_port         = var.database.port
  to_port           = var.database.port
  ip_protocol       = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  security_group_id            = aws_security_group.functions.id
  description                  = "AWS services through their endpoints"
  referenced_security_group_id = aws_security_group.endpoints.id
  from_port                    = 443
  to_port                      = 443
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "gateways" {
  for_each = aws_vpc_endpoint.gateway

  security_group_id = aws_security_group.functions.id
  description       = "${each.key} through its gateway"
  prefix_list_id    = each.value.prefix_list_id
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
}

resource "aws_vpc_security_group_ingress_rule" "functions" {
  security_group_id            = aws_security_group.endpoints.id
  description                  = "From the functions"
  referenced_security_group_id = aws_security_group.functions.id
  from_port                    = 443
  to_port                      = 443
  ip_protocol                  = "tcp"
}

resource "aws_vpc_endpoint" "gateway" {
  for_each = toset(["dynamodb", "s3"])

  vpc_id          = var.vpc_id
  service_name    = "com.amazonaws.${data.aws_region.current.id}.${each.key}"
  route_table_ids = [aws_route_table.this.id]
}

resource "aws_vpc_endpoint" "interface" {
  for_each = toset(["kms", "logs", "secretsmanager", "sqs", "sts", "xray"])

  vpc_id              = var.vpc_id
  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.${data.aws_region.current.id}.${each.key}"
  subnet_ids          = [for subnet in aws_subnet.this : subnet.id]
  security_group_ids  = [aws_security_group.endpoints.id]
  private_dns_enabled = true
}

# Empty: whoever owns the database puts user and password in, so that they are in no state file.
resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV2_AWS_57:Whoever owns the database rotates its password; a rotation function of ours would need administrator's rights there.
  name                    = "${var.name}/oracle"
  description             = "User and password of the database account that may only read"
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = 30
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
