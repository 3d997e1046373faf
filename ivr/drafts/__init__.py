"""Edited texts that are not on the line yet: what a draft holds, whether it is sound, and how it is published."""
