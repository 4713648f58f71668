"""OpenTofu or Terraform, and Terragrunt: found on this machine, and run in an environment of our
making.
"""
