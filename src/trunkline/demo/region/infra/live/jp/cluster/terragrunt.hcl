include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}

terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/modules/cluster"
}

dependency "network" {
  config_path = "../network"
}

inputs = {
  name               = include.root.locals.region.name
  network_id         = dependency.network.outputs.id
  kubernetes_version = include.root.locals.region.kubernetes_version
  node_count         = include.root.locals.region.node_count
  node_size          = include.root.locals.region.node_size
}
