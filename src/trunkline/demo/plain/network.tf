resource "practice_network" "this" {
  name  = "jp"
  cidr  = "10.40.0.0/16"
  zones = ["a", "b", "c"]
  tags  = local.tags
}

output "id" { value = practice_network.this.id }
output "cidr" { value = practice_network.this.cidr }
output "subnet_ids" { value = practice_network.this.subnet_ids }
output "gateway_ip" { value = practice_network.this.gateway_ip }
