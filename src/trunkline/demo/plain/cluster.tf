data "terraform_remote_state" "network" {
  backend = "local"
  config  = { path = "STATES/live/jp/network.tfstate" }
}

resource "practice_cluster" "this" {
  name       = "jp"
  network_id = data.terraform_remote_state.network.outputs.id
  version    = "1.36"
  node_count = 3
  node_size  = "medium"
  tags       = local.tags
}

output "name" { value = practice_cluster.this.name }
output "endpoint" { value = practice_cluster.this.endpoint }
output "certificate_authority" { value = practice_cluster.this.certificate_authority }
output "token" {
  value     = practice_cluster.this.token
  sensitive = true
}
