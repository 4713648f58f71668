terraform {
  required_providers {
    practice = {
      source  = "trunkline.local/practice/practice"
      version = "~> 1.0"
    }
  }
}

variable "region" { type = string }
variable "network_id" { type = string }
variable "tags" { type = map(string) }

variable "databases" {
  type = map(object({
    size       = string
    storage_gb = number
    zones      = number
  }))
}

resource "practice_database" "this" {
  for_each            = var.databases
  name                = each.key
  engine              = "postgres"
  network_id          = var.network_id
  size                = each.value.size
  storage_gb          = each.value.storage_gb
  zones               = each.value.zones
  deletion_protection = true
  tags                = var.tags
}

resource "practice_bucket" "backups" {
  name       = "pelagos-${var.region}-backups"
  versioning = true
  tags       = var.tags
}

output "endpoints" {
  value = { for name, one in practice_database.this : name => "${one.endpoint}:${one.port}" }
}
output "urls" {
  value     = { for name, one in practice_database.this : name => one.url }
  sensitive = true
}
output "backups" { value = practice_bucket.backups.url }
