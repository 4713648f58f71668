include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}

terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/modules/edge"
}

dependency "network" {
  config_path = "../network"
}

dependency "cluster" {
  config_path = "../cluster"
}

inputs = {
  name       = "${include.root.locals.region.name}-edge"
  network_id = dependency.network.outputs.id
  targets    = [dependency.cluster.outputs.endpoint]
}
