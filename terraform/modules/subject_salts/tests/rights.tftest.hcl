# The real provider writes the policies; nothing is asked over the network.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "111122223333" }
}

override_resource {
  target = aws_kms_key.this
  values = { arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-salts" }
}

override_resource {
  target = aws_dynamodb_table.this
  values = { arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/prices-prod-subjects" }
}

override_resource {
  target = aws_dynamodb_resource_policy.this
}

override_resource {
  target = aws_cloudwatch_metric_alarm.erasures
}

variables {
  name = "prices-prod-subjects"
}

run "only_an_eraser_destroys" {
  command = apply

  assert {
    condition = {
      for role, policy in output.policies : role => flatten([
        for one in jsondecode(policy).Statement : one.Action if one.Sid == "UseSalts"
      ])
      } == {
      handler = ["dynamodb:PutItem", "dynamodb:GetItem"]
      auditor = ["dynamodb:GetItem"]
      eraser  = ["dynamodb:GetItem", "dynamodb:DeleteItem"]
    }
    error_message = "There are other rights than docs/dynamodb.md lists."
  }

  assert {
    condition = alltrue(flatten([
      for policy in values(output.policies) : [
        for one in jsondecode(policy).Statement : one.Resource != "*" && !can(regex("[*]", jsonencode(one.Resource)))
      ]
    ]))
    error_message = "Every right names its table or its key."
  }

  assert {
    condition     = contains(jsondecode(output.table_policy).Statement[0].Action, "dynamodb:Scan") && !contains(jsondecode(output.table_policy).Statement[0].Action, "dynamodb:DeleteItem")
    error_message = "Nobody lists salts, and somebody can destroy one."
  }
}
