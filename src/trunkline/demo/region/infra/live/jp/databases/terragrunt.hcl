include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}

terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/modules/databases"
}

dependency "network" {
  config_path = "../network"
}

inputs = {
  region     = include.root.locals.region.name
  network_id = dependency.network.outputs.id
  databases  = yamldecode(file("${get_terragrunt_dir()}/databases.yaml"))
}
