"""The line over HTTP, thinly."""
