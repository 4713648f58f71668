include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}

terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/modules/network"
}

inputs = {
  name  = include.root.locals.region.name
  cidr  = include.root.locals.region.cidr
  zones = include.root.locals.region.zones
}
