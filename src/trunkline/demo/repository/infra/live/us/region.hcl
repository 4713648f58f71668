# Virginia. Networks of regions do not overlap: they are peered.
locals {
  name  = "us"
  cidr  = "10.20.0.0/16"
  zones = ["a", "b", "c"]

  kubernetes_version = "1.36"
  node_count         = 4
  node_size          = "large"
}
