# Replace what says example, and the issuer, with yours. Then, from terraform/affidavit/terraform:
#   affidavit service terraform ../../../functions.toml --environment dev --to functions.auto.tfvars.json
#   terraform apply -var-file=../../dev.tfvars
environment = "dev"
@TABLES@

evidence = {
  origin              = "example.org/example-service/dev"
  deletion_protection = false
}

authorizer = {
  issuer   = "https://login.dev.example.org/"
  audience = ["example-service"]
}
