# Production's second region: functions and an entrance on the replicas that the first one has made.
# Replace what says example, the network and the account with yours; the rest is as in prod.tfvars.
name        = "prices"
environment = "prod"
region      = "eu-central-1"
policy      = "hipaa"

functions = {
  price = {
    handler              = "price_fetcher.handler.handler"
    routes               = { "GET /price" = {} }
    plugins              = ["dynamodb", "oracle"]
    sources              = { prices = "oracle://prices.dr.example.org:1521/prices?secret={secret}" }
    reserved_concurrency = 50
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
  origin              = "example.org/prices/prod"
  deletion_protection = true
  recovery_of         = "eu-west-1"
}

authorizer = {
  issuer   = "https://login.prod.example.org/"
  audience = ["prices"]
}

databases = {
  tables = { settings = "name" }
  oracle = {
    vpc_id   = "vpc-0fedcba9876543210"
    subnets  = { eu-central-1a = "10.24.0.0/26", eu-central-1b = "10.24.0.64/26" }
    database = { cidr = "10.24.16.0/24" }

    # Made here, for the whole network; name the ones that it has already instead.
    endpoints        = ["dynamodb", "kms", "secretsmanager", "sqs"]
    endpoint_clients = ["10.24.0.0/16"]
  }
}

alarm_actions = ["arn:aws:sns:eu-central-1:111122223333:prices-prod"]
