"""The state backend: states of infrastructure units over HTTP, as OpenTofu and Terraform ask for
them (their `http` backend), each version kept and sealed in the store.
"""
