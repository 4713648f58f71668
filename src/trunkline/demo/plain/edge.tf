data "terraform_remote_state" "network" {
  backend = "local"
  config  = { path = "STATES/live/jp/network.tfstate" }
}

data "terraform_remote_state" "cluster" {
  backend = "local"
  config  = { path = "STATES/live/jp/cluster.tfstate" }
}

resource "practice_load_balancer" "this" {
  name       = "jp-edge"
  network_id = data.terraform_remote_state.network.outputs.id
  targets    = [data.terraform_remote_state.cluster.outputs.endpoint]
  tags       = local.tags

  listener {
    port     = 80
    protocol = "http"
  }

  listener {
    port     = 443
    protocol = "https"
  }
}

output "hostname" { value = practice_load_balancer.this.hostname }
output "ip" { value = practice_load_balancer.this.ip }
