variable "input" {}

resource "terraform_data" "deepest" {
  for_each = toset(["k"])
  input    = var.input
}
