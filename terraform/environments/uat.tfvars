# Where users accept: protected as production is.
# Replace what says example, the network and the account with yours.
name        = "prices"
environment = "uat"
policy      = "hipaa"

functions = {
  price = {
    handler              = "price_fetcher.handler.handler"
    routes               = { "GET /price" = {} }
    plugins              = ["dynamodb", "oracle"]
    sources              = { prices = "oracle://prices.uat.example.org:1521/prices?secret={secret}" }
    reserved_concurrency = 10
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

evidence = {
  origin              = "example.org/prices/uat"
  deletion_protection = true
  witness             = { bucket = "example-witness-uat" }
}

authorizer = {
  issuer   = "https://login.uat.example.org/"
  audience = ["prices"]
}

databases = {
  tables = { settings = "name" }
  oracle = {
    vpc_id   = "vpc-0123456789abcdef0"
    subnets  = { eu-west-1a = "10.22.0.0/26", eu-west-1b = "10.22.0.64/26" }
    database = { cidr = "10.22.16.0/24" }

    # Made here, for the whole network; name the ones that it has already instead.
    endpoints        = ["dynamodb", "kms", "secretsmanager", "sqs"]
    endpoint_clients = ["10.22.0.0/16"]
  }
}

alarm_actions = ["arn:aws:sns:eu-west-1:111122223333:prices-uat"]

# For `affidavit scenario run scenarios/`.
harness = {}
