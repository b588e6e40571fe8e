variables {
  functions = {
    orders = {
      handler  = "shop.orders.handler"
      routes   = { "GET /orders/{id}" = {} }
      triggers = { orders = { type = "queue", queue = "orders" } }
    }
  }
}

run "fills_in_what_was_not_said" {
  command = plan

  assert {
    condition     = output.functions["orders"].memory_mb == 512 && output.functions["orders"].plugins == tolist(["dynamodb"])
    error_message = "A function has the usual limits and plugins."
  }

  assert {
    condition     = !output.functions["orders"].routes["GET /orders/{id}"].public
    error_message = "A route is behind the authorizer."
  }

  assert {
    condition     = output.functions["orders"].triggers["orders"].partial_failures == null
    error_message = "What a trigger does unless told otherwise is for the module triggers to say."
  }
}
