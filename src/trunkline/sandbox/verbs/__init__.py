"""The verbs of the API: what each request does to the store."""
