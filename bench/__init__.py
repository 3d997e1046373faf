"""How fast the line answers a key press, beside a bare Flask route."""
