"""Charts of HTTP chart repositories and of OCI registries, each version fetched once.

Nothing is imported here: whoever asks for no chart must not wait for an HTTP client to load.
"""
