"""The practice cloud: networks, clusters, databases, buckets and load balancers, all in a file.

OpenTofu and Terraform run a provider of it as they run any other, so that plans, applies, drift and
failures are true ones, without a cloud and without a network. It serves the demo and the tests, and
stands alone: of Trunkline it knows nothing.

    plugin/    the provider: its process, the protocol, its calls
    kinds/     what can be made: the fields of each kind, and what follows from them
    cloud/     what was made: one file, its faults and its quotas
"""
