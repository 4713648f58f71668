# What the code says then: something of each kind is made, changed, replaced, moved, forgotten.
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
  zones = ["a", "b", "c"]
  tags  = { team = "platform", "a.b/c" = "quoted too", more = "x" }
}

resource "practice_network" "us" {
  provider = practice.us
  name     = "main"
  cidr     = "10.8.0.0/16"
}

resource "practice_database" "orders" {
  name       = "orders"
  engine     = "postgres"
  network_id = practice_network.main.id
  password   = "another-password-1"
  storage_gb = 40
}

resource "practice_cluster" "eu" {
  name       = "eu"
  network_id = practice_network.main.id
  node_count = 5
}

resource "practice_load_balancer" "web" {
  name       = "web"
  network_id = practice_network.main.id
  targets    = [practice_bucket.fresh.id, "two"]
  listener {
    port        = 443
    certificate = "certificate-two-pem"
  }
  listener {
    port        = 8443
    certificate = var.given.key
  }
  listener {
    port     = 80
    protocol = "http"
  }
}

resource "practice_bucket" "logs" {
  count = 2
  name  = "logs-${count.index}"
  tags  = count.index == 0 ? null : { n = tostring(count.index) }
}

resource "practice_bucket" "named" {
  for_each = toset(["new", "with \"quotes\" and [x]"])
  name     = "named-${length(each.key)}"
}

resource "practice_bucket" "tainted" {
  name = "tainted"
}

resource "practice_bucket" "deposed" {
  name = "deposed"
}

moved {
  from = practice_bucket.moves
  to   = practice_bucket.moved
}

resource "practice_bucket" "moved" {
  name = "moves"
}

resource "practice_bucket" "fresh" {
  name = "fresh"
}

resource "practice_bucket" "imported" {
  name = "imported"
}

import {
  to = practice_bucket.imported
  id = "IMPORTED"
}

import {
  to = terraform_data.imported
  id = "an-id-of-its-own"
}

resource "terraform_data" "imported" {
}

removed {
  from = practice_bucket.forgotten
  lifecycle {
    destroy = false
  }
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
    whole    = 13
    negative = -7
    fraction = 0.1
    exact    = 0.5
    large    = 12345678901234567890124
    beyond   = 18446744073709551616
    power    = 1e30
    tiny     = 0.00000000015
    yes      = false
    nothing  = "something"
    empty    = ""
    digits   = "0123"
    accents  = "é and \u0065\u0301, ☃ <&>"
    list     = tolist(["b", practice_bucket.fresh.id])
    set      = toset(["z", "n", practice_bucket.fresh.id])
    objects  = toset([{ n = 1, s = "x" }, { n = 3, s = "y" }])
    map      = tomap({ a = 1, c = practice_bucket.fresh.object_count })
    tuple    = [1, practice_bucket.fresh.id, [false, null], { new = practice_bucket.fresh }]
    none     = []
    document = jsonencode({ Statement = [{ Action = "a:Get", Resource = "*" }] })
    long     = join("", [for n in range(61) : "line ${n} "])
  }
}

resource "terraform_data" "marked" {
  input = {
    user  = var.plain
    fresh = practice_bucket.fresh
    names = [var.password, "open", practice_bucket.fresh.id]
    deep  = { one = { two = [{ three = sensitive("deeply-hidden-two") }] } }
    open  = "may be seen"
  }
  triggers_replace = [var.given]
}

resource "terraform_data" "trigger" {
  input = practice_bucket.fresh.id
}

resource "terraform_data" "triggered" {
  input = "same"
  lifecycle {
    replace_triggered_by = [terraform_data.trigger]
  }
}

resource "terraform_data" "first" {
  triggers_replace = "two"
  lifecycle {
    create_before_destroy = true
  }
}

module "net" {
  source   = "./module"
  for_each = toset(["x", "w"])
  name     = each.key
  secret   = var.password
}

output "changes" {
  value = { text = "after", list = [1, 3, practice_bucket.fresh.id], same = null }
}

output "hidden" {
  value     = { key = var.given.key, open = "in-a-hidden-output-now" }
  sensitive = true
}

output "becomes_hidden" {
  value     = var.password
  sensitive = true
}

output "typed" {
  value = { set = toset(["b", "a"]), big = 98765432109876543210, id = practice_network.main.id }
}

output "new" {
  value = practice_bucket.fresh
}
