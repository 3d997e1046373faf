"""The line tells when it is ill: what is seen, what it means, and who is told."""
