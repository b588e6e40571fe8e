mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  name               = "prices-prod"
  kms_key_arn        = "arn:aws:kms:eu-west-1:111122223333:key/mrk-00000000000000000000000000000000"
  log_retention_days = 400

  routes = {
    "GET /price" = {
      function   = "prices-prod-price"
      qualifier  = "live"
      arn        = "arn:aws:lambda:eu-west-1:111122223333:function:prices-prod-price:live"
      invoke_arn = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:prices-prod-price:live/invocations"
    }
  }
}

run "logs_request_ids_and_nobodys_address" {
  command = plan

  assert {
    condition     = jsondecode(one(aws_apigatewayv2_stage.this.access_log_settings).format).requestId == "$context.requestId"
    error_message = "Without request ids records cannot be compared with requests."
  }

  assert {
    condition     = !can(regex("sourceIp|userAgent|path|authorizer\\.claims|identity", one(aws_apigatewayv2_stage.this.access_log_settings).format))
    error_message = "The access log must not hold what names a person."
  }
}

run "lets_only_this_api_call_only_the_alias" {
  command = plan

  assert {
    condition     = aws_lambda_permission.this["GET /price"].qualifier == "live" && aws_lambda_permission.this["GET /price"].principal == "apigateway.amazonaws.com"
    error_message = "The permission belongs to the alias."
  }

  assert {
    condition     = aws_lambda_permission.this["GET /price"].source_arn == "arn:aws:execute-api:eu-west-1:111122223333:abcdefghij/*/GET/price"
    error_message = "The permission must name the API and the route."
  }
}

run "asks_the_authorizer_on_every_route" {
  command = plan

  variables {
    authorizer = { issuer = "https://login.example.org/", audience = ["prices"] }
  }

  assert {
    condition     = alltrue([for route in aws_apigatewayv2_route.this : route.authorization_type == "JWT"])
    error_message = "A route without the authorizer is a hole beside the door."
  }
}

run "refuses_a_route_for_everything" {
  command = plan

  variables {
    routes = {
      "$default" = { function = "f", qualifier = "live", arn = "a", invoke_arn = "i" }
    }
  }

  expect_failures = [var.routes]
}

run "refuses_tokens_over_plain_http_and_no_throttle" {
  command = plan

  variables {
    authorizer = { issuer = "http://login.example.org/", audience = ["prices"] }
    throttle   = { rate = 0 }
  }

  expect_failures = [var.authorizer, var.throttle]
}
