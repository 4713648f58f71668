# What every unit of every region shares: its provider, and where its state is.
locals {
  region = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
}

generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOF
    provider "practice" {
      region = "${local.region.name}"
    }
  EOF
}

remote_state {
  backend = "local"
  config = {
    path = "${get_env("PELAGOS_STATE", "/var/lib/pelagos/state")}/${path_relative_to_include()}.tfstate"
  }
  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }
}

inputs = {
  tags = {
    region = local.region.name
    owner  = "platform"
  }
}
