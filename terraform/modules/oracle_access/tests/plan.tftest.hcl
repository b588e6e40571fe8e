mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  name      = "prices-prod"
  vpc_id    = "vpc-0123456789abcdef0"
  subnets   = { eu-west-1a = "10.20.0.0/26", eu-west-1b = "10.20.0.64/26" }
  database  = { cidr = "10.20.16.0/24" }
  endpoints = ["dynamodb", "kms", "secretsmanager", "sqs"]

  endpoint_clients = ["10.20.0.0/16"]
  kms_key_arn      = "arn:aws:kms:eu-west-1:111122223333:key/mrk-00000000000000000000000000000000"
}

run "reaches_the_database_and_the_endpoints_and_nothing_else" {
  command = plan

  assert {
    condition     = aws_vpc_security_group_egress_rule.database.cidr_ipv4 == "10.20.16.0/24" && aws_vpc_security_group_egress_rule.database.from_port == 1521 && aws_vpc_security_group_egress_rule.database.to_port == 1521
    error_message = "The database's port in the database's network."
  }

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_egress_rule.gateways : rule.cidr_ipv4 == null]) && aws_vpc_security_group_egress_rule.endpoints[0].cidr_ipv4 == null
    error_message = "No way to an address range of the internet."
  }

  assert {
    condition     = toset([for endpoint in aws_vpc_endpoint.interface : endpoint.service_name]) == toset([for service in ["kms", "secretsmanager", "sqs"] : "com.amazonaws.eu-west-1.${service}"])
    error_message = "Every service that a function calls has an endpoint."
  }
}

run "lets_the_whole_network_into_its_endpoints" {
  command = plan

  assert {
    condition     = [for rule in aws_vpc_security_group_ingress_rule.network : rule.cidr_ipv4] == ["10.20.0.0/16"]
    error_message = "Private DNS leads everybody in the network to these endpoints."
  }
}

run "makes_nothing_shared_unless_asked" {
  command = plan

  variables {
    endpoints                   = []
    subnets                     = {}
    subnet_ids                  = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
    endpoint_security_group_ids = { network = "sg-0123456789abcdef0" }
    gateway_prefix_list_ids     = { dynamodb = "pl-0123456789abcdef0" }
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 0 && length(aws_vpc_endpoint.gateway) == 0 && length(aws_subnet.this) == 0 && length(aws_route_table.this) == 0 && length(aws_security_group.endpoints) == 0
    error_message = "What the network has is used, and not made again."
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.existing["network"].referenced_security_group_id == "sg-0123456789abcdef0" && aws_vpc_security_group_egress_rule.existing_gateways["dynamodb"].prefix_list_id == "pl-0123456789abcdef0"
    error_message = "Functions may reach the endpoints that are there."
  }

  assert {
    condition     = output.network.subnet_ids == tolist(["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"])
    error_message = "Functions run in the subnets that are there."
  }
}

run "refuses_endpoints_that_serve_no_call" {
  command = plan

  variables {
    endpoints = ["sts"]
  }

  expect_failures = [var.endpoints]
}

run "refuses_one_subnet" {
  command = plan

  variables {
    subnet_ids = ["subnet-0123456789abcdef0"]
  }

  expect_failures = [var.subnet_ids]
}

run "refuses_endpoints_that_shut_everybody_else_out" {
  command = plan

  variables {
    endpoint_clients = []
  }

  expect_failures = [var.endpoint_clients]
}

run "keeps_the_secret_encrypted_and_empty" {
  command = plan

  assert {
    condition     = aws_secretsmanager_secret.this.kms_key_id == var.kms_key_arn && aws_secretsmanager_secret.this.recovery_window_in_days == 30
    error_message = "The secret is encrypted with our key and can be rescued."
  }
}

run "refuses_one_zone_and_half_the_internet" {
  command = plan

  variables {
    name     = "Prices"
    vpc_id   = "prices"
    subnets  = { eu-west-1a = "10.20.0.0/26" }
    database = { cidr = "0.0.0.0/0" }
  }

  expect_failures = [var.name, var.vpc_id, var.subnets, var.database]
}
