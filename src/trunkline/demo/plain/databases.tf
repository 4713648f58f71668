data "terraform_remote_state" "network" {
  backend = "local"
  config  = { path = "STATES/live/jp/network.tfstate" }
}

module "this" {
  source     = "../../../modules/databases"
  region     = "jp"
  network_id = data.terraform_remote_state.network.outputs.id
  databases  = yamldecode(file("${path.module}/databases.yaml"))
  tags       = local.tags
}

output "endpoints" { value = module.this.endpoints }
output "urls" {
  value     = module.this.urls
  sensitive = true
}
output "backups" { value = module.this.backups }
