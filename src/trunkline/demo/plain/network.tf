module "this" {
  source = "../../../modules/network"
  name   = "jp"
  cidr   = "10.40.0.0/16"
  zones  = ["a", "b", "c"]
  tags   = local.tags
}

output "id" { value = module.this.id }
output "cidr" { value = module.this.cidr }
output "subnet_ids" { value = module.this.subnet_ids }
output "gateway_ip" { value = module.this.gateway_ip }
