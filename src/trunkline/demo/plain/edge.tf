data "terraform_remote_state" "network" {
  backend = "local"
  config  = { path = "STATES/live/jp/network.tfstate" }
}

data "terraform_remote_state" "cluster" {
  backend = "local"
  config  = { path = "STATES/live/jp/cluster.tfstate" }
}

module "this" {
  source     = "../../../modules/edge"
  name       = "jp-edge"
  network_id = data.terraform_remote_state.network.outputs.id
  targets    = [data.terraform_remote_state.cluster.outputs.endpoint]
  tags       = local.tags
}

output "hostname" { value = module.this.hostname }
output "ip" { value = module.this.ip }
