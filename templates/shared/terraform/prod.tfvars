# Replace what says example, and the issuer, with yours. Then, from terraform/affidavit/terraform:
#   affidavit service terraform ../../../functions.toml --environment prod --to functions.auto.tfvars.json
#   terraform apply -var-file=../../prod.tfvars
environment = "prod"
@TABLES@

evidence = {
  origin              = "example.org/example-service/prod"
  deletion_protection = true
}

authorizer = {
  issuer   = "https://login.prod.example.org/"
  audience = ["example-service"]
}
