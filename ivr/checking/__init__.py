"""All checks together: one registry of codes, and one review of a line."""
