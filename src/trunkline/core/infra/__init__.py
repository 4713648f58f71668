"""Infrastructure as values: units, their graph, what a commit range changes, plans, policy."""
