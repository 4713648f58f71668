"""What happens to an object between the wire and the store: decoding, defaults, validation."""
