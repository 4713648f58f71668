"""Where sources outside of this repository lie, what may be asked for them, and what comes back."""
