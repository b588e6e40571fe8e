# A laptop: AWS_ENDPOINT_URL says where the local cloud is. `make local` plays the whole round.
name        = "prices"
environment = "local"
policy      = "baseline"

functions = {
  price = {
    handler = "price_fetcher.handler.handler"
    routes  = { "GET /price" = {} }
    plugins = ["dynamodb", "sqlite"]
    sources = { prices = "sqlite:///prices.db" }
  }
  config-read = {
    handler = "config_service.handler.read"
    routes  = { "GET /settings/{name}" = {} }
    sources = { settings = "dynamodb://settings" }
    tables  = { settings = "read" }
  }
  config-change = {
    handler = "config_service.handler.change"
    routes  = { "PUT /settings/{name}" = {} }
    sources = { settings = "dynamodb://settings" }
    tables  = { settings = "write" }
  }
}

databases = {
  tables = { settings = "name" }
}

runtime = {
  runtime      = "python3.11"
  architecture = "x86_64"
}

# Evidence may take longer here: the local cloud is slower than DynamoDB.
evidence = {
  origin              = "local.example.org/prices"
  deletion_protection = false
  recovery_days       = 1
  timeout_ms          = 3000
}

# For `affidavit scenario run scenarios/`. The API of the local cloud is on this machine, too.
harness = { local_targets = true }
