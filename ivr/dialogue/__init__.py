"""What happens on a call, as a pure function."""
