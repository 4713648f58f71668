# Tokyo. Networks of regions do not overlap: they are peered.
locals {
  name  = "jp"
  cidr  = "10.40.0.0/16"
  zones = ["a", "b", "c"]

  kubernetes_version = "1.36"
  node_count         = 3
  node_size          = "medium"
}
