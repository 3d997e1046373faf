"""How long a text takes to hear, estimated from its words before there is a sound."""

SLOW_WORDS_PER_MINUTE = 105


def slow_seconds(text: str) -> float:
    """Estimate how long `text` takes at the slow pace, breaths included, in seconds."""
    words = len(text.replace("|", " ").split())
    return words * 60 / SLOW_WORDS_PER_MINUTE + text.count("|") * 0.5
