"""Counts without people: how the line is used, by day, and never by whom."""
