"""Writing, pure."""
