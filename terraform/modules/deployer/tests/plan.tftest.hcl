mock_provider "aws" {
  source          = "../../tests/mocks"
  override_during = plan
}

variables {
  prefix = "prices-dev"
  trust = {
    provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
    subjects     = ["repo:example/prices:environment:dev"]
  }
  state = { bucket = "example-state", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-00000000000000000000000000000000" }
}

run "fits_into_what_a_role_can_have" {
  command = plan

  assert {
    condition     = length(aws_iam_policy.this) <= 10 && alltrue([for one in values(output.policies) : length(one) <= 6144])
    error_message = "Ten policies of 6,144 characters are all that IAM attaches."
  }

  assert {
    condition     = !strcontains(join("", values(output.policies)), "{prefix}") && strcontains(output.policies["limits"], "role/prices-dev-deployer*")
    error_message = "Placeholders are filled, and its own role is out of reach."
  }
}

run "makes_roles_with_the_boundary_only" {
  command = plan

  variables {
    permissions_boundary = "arn:aws:iam::111122223333:policy/boundary"
  }

  assert {
    condition     = strcontains(output.policies["limits"], "iam:PermissionsBoundary")
    error_message = "A role without the boundary could do more than its maker."
  }
}

run "refuses_every_branch" {
  command = plan

  variables {
    trust = {
      provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
      subjects     = ["repo:example/prices:*"]
    }
  }

  expect_failures = [var.trust]
}

run "refuses_a_prefix_that_is_none" {
  command = plan

  variables {
    prefix = "*"
  }

  expect_failures = [var.prefix]
}
