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
variable "kubernetes_version" { type = string }
variable "node_count" { type = number }
variable "node_size" { type = string }
variable "tags" { type = map(string) }

resource "practice_cluster" "this" {
  name       = var.name
  network_id = var.network_id
  version    = var.kubernetes_version
  node_count = var.node_count
  node_size  = var.node_size
  tags       = var.tags
}

output "name" { value = practice_cluster.this.name }
output "endpoint" { value = practice_cluster.this.endpoint }
output "certificate_authority" { value = practice_cluster.this.certificate_authority }
output "token" {
  value     = practice_cluster.this.token
  sensitive = true
}
