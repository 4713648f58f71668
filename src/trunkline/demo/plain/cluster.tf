data "terraform_remote_state" "network" {
  backend = "local"
  config  = { path = "STATES/live/jp/network.tfstate" }
}

module "this" {
  source             = "../../../modules/cluster"
  name               = "jp"
  network_id         = data.terraform_remote_state.network.outputs.id
  kubernetes_version = "1.36"
  node_count         = 3
  node_size          = "medium"
  tags               = local.tags
}

output "name" { value = module.this.name }
output "endpoint" { value = module.this.endpoint }
output "certificate_authority" { value = module.this.certificate_authority }
output "token" {
  value     = module.this.token
  sensitive = true
}
