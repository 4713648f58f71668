"""States of infrastructure units: addresses, heads, locks, tokens, and what may follow what."""
