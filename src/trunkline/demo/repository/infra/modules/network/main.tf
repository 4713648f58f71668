terraform {
  required_providers {
    practice = {
      source  = "trunkline.local/practice/practice"
      version = "~> 1.0"
    }
  }
}

variable "name" { type = string }
variable "cidr" { type = string }
variable "zones" { type = list(string) }
variable "tags" { type = map(string) }

resource "practice_network" "this" {
  name  = var.name
  cidr  = var.cidr
  zones = var.zones
  tags  = var.tags
}

output "id" { value = practice_network.this.id }
output "cidr" { value = practice_network.this.cidr }
output "subnet_ids" { value = practice_network.this.subnet_ids }
output "gateway_ip" { value = practice_network.this.gateway_ip }
