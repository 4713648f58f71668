# Tokyo in Terraform alone, where no Terragrunt is there to write this part for all regions.
terraform {
  required_providers {
    practice = {
      source  = "trunkline.local/practice/practice"
      version = "~> 1.0"
    }
  }
  backend "local" {
    path = "STATES/live/jp/UNIT.tfstate"
  }
}

provider "practice" {
  region = "jp"
}

locals {
  tags = { region = "jp", owner = "platform" }
}

