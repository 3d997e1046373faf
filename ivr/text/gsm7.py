"""How a text message is encoded and how many parts it is sent in (3GPP TS 23.038 and TS 23.040)."""

from typing import Literal, NamedTuple

# The default alphabet and its extension table; ESC (0x1b) itself is not a character of a message.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")

Encoding = Literal["GSM-7", "UCS-2"]
ENCODINGS: tuple[Encoding, ...] = ("GSM-7", "UCS-2")

SINGLE = {"GSM-7": 160, "UCS-2": 70}
JOINED = {"GSM-7": 153, "UCS-2": 67}


class Size(NamedTuple):
    """What a message costs: its encoding, its length in that encoding's units, and its parts."""

    encoding: Encoding
    units: int
    parts: int


def measure(body: str) -> Size:
    """Return the size of `body` as a carrier sends it.

    Units are septets in GSM-7 (an extended character is two) and 16-bit code units in UCS-2 (an emoji
    is two). Parts are packed character by character, since a two-unit character is never split over
    two parts: 152 letters, a euro sign and 152 letters are three parts, not two. An empty body is one.
    """
    encoding: Encoding = "GSM-7" if all(c in BASIC or c in EXTENDED for c in body) else "UCS-2"
    widths = [_width(c, encoding) for c in body]
    units = sum(widths)
    if units <= SINGLE[encoding]:
        return Size(encoding, units, 1)
    room, parts = JOINED[encoding], 1
    for width in widths:
        if width > room:
            parts += 1
            room = JOINED[encoding]
        room -= width
    return Size(encoding, units, parts)


def outside_gsm7(body: str) -> tuple[str, ...]:
    """Return the characters of `body`, each once and in order, that halve the size of its parts."""
    return tuple(dict.fromkeys(c for c in body if c not in BASIC and c not in EXTENDED))


def _width(character: str, encoding: Encoding) -> int:
    if encoding == "GSM-7":
        return 2 if character in EXTENDED else 1
    return 2 if ord(character) > 0xFFFF else 1
