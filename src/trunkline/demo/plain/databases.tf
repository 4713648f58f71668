data "terraform_remote_state" "network" {
  backend = "local"
  config  = { path = "STATES/live/jp/network.tfstate" }
}

resource "practice_database" "this" {
  for_each            = yamldecode(file("${path.module}/databases.yaml"))
  name                = each.key
  engine              = "postgres"
  network_id          = data.terraform_remote_state.network.outputs.id
  size                = each.value.size
  storage_gb          = each.value.storage_gb
  zones               = each.value.zones
  deletion_protection = true
  tags                = local.tags
}

resource "practice_bucket" "backups" {
  name       = "pelagos-jp-backups"
  versioning = true
  tags       = local.tags
}

output "endpoints" {
  value = { for name, one in practice_database.this : name => "${one.endpoint}:${one.port}" }
}
output "urls" {
  value     = { for name, one in practice_database.this : name => one.url }
  sensitive = true
}
output "backups" { value = practice_bucket.backups.url }
