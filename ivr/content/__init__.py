"""What the line says: prompt files in, a frozen library out."""
