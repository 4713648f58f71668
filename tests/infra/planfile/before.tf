# What stands before: a resource of each kind, values of each type, marks at each depth.
terraform {
  required_providers {
    practice = { source = "trunkline.local/practice/practice" }
  }
}

provider "practice" {
  region = "eu"
}

provider "practice" {
  alias  = "us"
  region = "us"
}

variable "password" {
  type      = string
  sensitive = true
  default   = "hunter22-of-a-default"
}

variable "given" {
  type      = object({ user = string, key = string })
  sensitive = true
}

variable "plain" {
  default = "not secret at all"
}

variable "listed" {
  sensitive = true
  default   = ["listed-secret-1", { deep = "listed-secret-2" }, 7, null, true]
}

resource "practice_network" "main" {
  name  = "main"
  cidr  = "10.0.0.0/16"
  zones = ["a", "b"]
  tags  = { team = "net", "a.b/c" = "quoted" }
}

resource "practice_network" "us" {
  provider = practice.us
  name     = "main"
  cidr     = "10.9.0.0/16"
}

resource "practice_database" "orders" {
  name       = "orders"
  engine     = "postgres"
  network_id = practice_network.main.id
  password   = var.password
}

resource "practice_database" "old" {
  name       = "old"
  engine     = "postgres"
  network_id = practice_network.main.id
}

resource "practice_cluster" "eu" {
  name       = "eu"
  network_id = practice_network.main.id
}

resource "practice_load_balancer" "web" {
  name       = "web"
  network_id = practice_network.main.id
  targets    = ["one", "two"]
  listener {
    port        = 443
    certificate = "certificate-one-pem"
  }
  listener {
    port     = 80
    protocol = "http"
  }
}

resource "practice_bucket" "logs" {
  count = 3
  name  = "logs-${count.index}"
  tags  = count.index == 0 ? null : { n = tostring(count.index) }
}

resource "practice_bucket" "named" {
  for_each = toset(["a.b", "with \"quotes\" and [x]"])
  name     = "named-${length(each.key)}"
}

resource "practice_bucket" "tainted" {
  name = "tainted"
}

resource "practice_bucket" "deposed" {
  name = "deposed"
}

resource "practice_bucket" "moves" {
  name = "moves"
}

resource "practice_bucket" "forgotten" {
  name = "forgotten"
}

resource "practice_bucket" "lost" {
  name = "lost"
}

data "practice_network" "main" {
  name       = practice_network.main.name
  depends_on = [practice_network.main]
}

data "practice_database" "orders" {
  name       = practice_database.orders.name
  depends_on = [practice_database.orders]
}

resource "terraform_data" "values" {
  input = {
    whole    = 12
    negative = -7
    fraction = 0.1
    exact    = 0.5
    large    = 12345678901234567890123
    beyond   = 18446744073709551616
    power    = 1e30
    tiny     = 0.00000000015
    yes      = true
    nothing  = null
    empty    = ""
    digits   = "0123"
    accents  = "é and \u0065\u0301, ☃ <&>"
    list     = tolist(["a", "b"])
    set      = toset(["z", "a", "m"])
    objects  = toset([{ n = 1, s = "x" }, { n = 2, s = "y" }])
    map      = tomap({ a = 1, b = 2.5 })
    tuple    = [1, "two", [true, null], {}]
    none     = []
    document = jsonencode({ Statement = [{ Action = "a:*", Resource = "*" }] })
    long     = join("", [for n in range(60) : "line ${n} "])
  }
}

resource "terraform_data" "marked" {
  input = {
    user  = var.given.user
    names = ["open", var.password]
    deep  = { one = { two = [{ three = sensitive("deeply-hidden-one") }] } }
    open  = "may be seen"
  }
  triggers_replace = [var.given]
}

resource "terraform_data" "trigger" {
  input = "one"
}

resource "terraform_data" "triggered" {
  input = "same"
  lifecycle {
    replace_triggered_by = [terraform_data.trigger]
  }
}

resource "terraform_data" "first" {
  triggers_replace = "one"
  lifecycle {
    create_before_destroy = true
  }
}

module "net" {
  source   = "./module"
  for_each = toset(["x", "y.z"])
  name     = each.key
  secret   = var.password
}

output "changes" {
  value = { text = "before", list = [1, 2], same = null }
}

output "goes" {
  value = "it goes"
}

output "hidden" {
  value     = { key = var.given.key, open = "in-a-hidden-output" }
  sensitive = true
}

output "becomes_hidden" {
  value = "plain-before"
}

output "typed" {
  value = { set = toset(["b", "a"]), big = 98765432109876543210, id = practice_network.main.id }
}
