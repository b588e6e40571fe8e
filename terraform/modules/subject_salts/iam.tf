# Three roles: who handles requests reads and makes salts, who audits reads them, who erases destroys.
# What replays spilled salts has a handler's rights.
data "aws_iam_policy_document" "opened" {
  statement {
    sid       = "OpenSaltsThroughTheTable"
    actions   = ["kms:Decrypt"]
    resources = compact([aws_kms_key.this.arn, var.dr_key_arn])

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = [for region in local.regions : "dynamodb.${region}.amazonaws.com"]
    }
  }
}

locals {
  tables = [
    for region in local.regions :
    "arn:${data.aws_partition.current.partition}:dynamodb:${region}:${data.aws_caller_identity.current.account_id}:table/${var.name}"
  ]

  actions = {
    handler = ["dynamodb:GetItem", "dynamodb:PutItem"]
    auditor = ["dynamodb:GetItem"]
    eraser  = ["dynamodb:DeleteItem", "dynamodb:GetItem"]
  }
}

data "aws_iam_policy_document" "role" {
  for_each = local.actions

  source_policy_documents = [data.aws_iam_policy_document.opened.json]

  statement {
    sid       = "UseSalts"
    actions   = each.value
    resources = local.tables
  }
}
