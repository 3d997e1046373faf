"""A line of four topics and two urgent kinds, about nothing: small enough to break in every way."""

from pathlib import Path

from ivr.content.phrases import PHRASES

NUMBER, SPOKEN = "+442079460000", "020 7946 0000"

LINE = f"""\
name = "the small line"
language = "en"

[helpline]
name = "the helpline"
number = "{NUMBER}"
spoken = "{SPOKEN}"
hours = [{{ days = "mon-fri", from = "09:00", to = "16:00" }}]
checked = "2099-01-01"
[emergency]
number = "999"

[advice]
number = "111"

[relay]
prefix = "18001"

[review]
last = "2018-02"
next = "2099"
checked_by = "A. Doctor"

[texts]
price = "0.04"
"""

LANGUAGE = """\
name = "English"
direction = "ltr"

[voices]
espeak = "en"
say = "Polly.Amy"
say_language = "en-GB"
"""

PRONUNCIATION = """\
[digits]
0 = "zero"

[names]
"Xgeva" = "X-jeeva"
"""

TOPIC = f"""\
---
title: {{title}}
option: {{title}}
sms: About {{title}}. Helpline {SPOKEN}
leaflet: 1, {{title}}
---
This is about {{title}}.
"""

URGENT = f"""\
---
title: Urgent symptoms
option: urgent symptoms
safety: If someone collapses, call 999.
sms: After a collapse call 999. Helpline {SPOKEN}
sms-line: Text URGENT or call 999.
leaflet: added
---
Call 999 if someone collapses.
"""

KIND = f"""\
---
title: {{title}}
option: {{title}}
severity: {{severity}}
topic: "2.1"
sms: Call now. Helpline {SPOKEN}
leaflet: added
---
<!-- leaflet: added -->
Call now.
"""


def write_small_line(folder: Path) -> Path:
    """Write the small line's `prompts` and `locales` below `folder`, and return it."""
    texts = {
        "prompts/line.toml": LINE,
        "prompts/phrases.toml": "".join(f'{name} = "{_say(name)}"\n' for name in sorted(PHRASES, key=_order)),
        "prompts/1-apples.md": TOPIC.format(title="apples"),
        "prompts/2-fruit/index.md": TOPIC.format(title="fruit"),
        "prompts/2-fruit/1-pears.md": TOPIC.format(title="pears"),
        "prompts/3-plums.md": TOPIC.format(title="plums"),
        "prompts/urgent/index.md": URGENT,
        "prompts/urgent/fire.md": KIND.format(title="fire", severity=1),
        "prompts/urgent/flood.md": KIND.format(title="flood", severity=2),
        "locales/en/language.toml": LANGUAGE,
        "locales/en/pronunciation.toml": PRONUNCIATION,
    }
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def _order(phrase: str) -> int:
    """The first lines are those that tests break, so that a new phrase does not move them."""
    first = ("language", "silence", "wrong")
    return first.index(phrase) if phrase in first else len(first)


def _say(phrase: str) -> str:
    """The helpline's number comes last, as wherever a call ends."""
    values = sorted(PHRASES[phrase], key=lambda value: (value == "number", value))
    return " ".join(["Yes.", *(f"{{{value}}}" for value in values)])
