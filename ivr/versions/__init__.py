"""Published versions of the content: what the live line serves, and how one is changed for another."""
