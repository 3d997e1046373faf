"""The errors this project raises on purpose, one small tree."""


class IvrError(Exception):
    """Something the person who runs the line can understand and mend; its text is the message they read."""
