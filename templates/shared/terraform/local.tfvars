# This machine: AWS_ENDPOINT_URL says where the local cloud is. What the functions are stands in
# functions.toml; `make local` hands it over.
environment = "local"
@TABLES@

runtime = {
  runtime      = "@RUNTIME@"
  architecture = "@ARCHITECTURE@"
}

# Evidence may take longer here: the local cloud is slower than DynamoDB.
evidence = {
  origin              = "local.example.org/example-service"
  deletion_protection = false
  recovery_days       = 1
  timeout_ms          = 3000
}
