"""One outside thing each. An edge imports core, never another edge."""
