"""The operator's desk: what the line says and texts, how far its languages are, and what is wrong."""
