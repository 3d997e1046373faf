"""The embedding model: an adapter to one package, and the process it runs in."""
