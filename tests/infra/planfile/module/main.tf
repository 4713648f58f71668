variable "name" {}

variable "secret" {
  sensitive = true
  default   = "never-read-by-anybody"
}

resource "terraform_data" "inner" {
  count = 2
  input = { name = var.name, secret = var.secret, index = count.index }
}

module "deeper" {
  source = "./deeper"
  input  = [var.name, var.secret]
}

output "ids" {
  value = terraform_data.inner[*].id
}
