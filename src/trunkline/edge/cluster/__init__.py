"""The Kubernetes API of one cluster: a thin client, what it serves, and how it is reached.

Nothing is imported here: whoever only wants the contexts of a kubeconfig, or an error's name, must
not wait for an HTTP client to load.
"""
