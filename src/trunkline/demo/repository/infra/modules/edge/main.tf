terraform {
  required_providers {
    practice = {
      source  = "trunkline.local/practice/practice"
      version = "~> 1.0"
    }
  }
}

variable "name" { type = string }
variable "network_id" { type = string }
variable "targets" { type = list(string) }
variable "tags" { type = map(string) }

resource "practice_load_balancer" "this" {
  name       = var.name
  network_id = var.network_id
  targets    = var.targets
  tags       = var.tags

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
