"""Callers who press keys, as the webhooks a carrier would send for them, signed ahead of time."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator

from ivr.content.model import Library
from ivr.dialogue.call import answer, begin
from ivr.dialogue.circumstances import Circumstances
from ivr.dialogue.moves import KEYS, SILENCE
from ivr.dialogue.place import At
from ivr.dialogue.turns import Ask, Transfer
from ivr.telephony.twiml import webhook

CALLERS = tuple(f"+4477009001{n:02}" for n in range(100)) + tuple(f"+4420794600{n:02}" for n in range(1, 50))
# Of ten waits for a key so many end in silence: callers listen on from part to part.
SILENT = 0.3
# A caller who does not hang up after this many webhooks does now: a call of ten minutes and more.
LONGEST_CALL = 40
# Away from a topic, at the helpline or in the help, most callers mean to go back.
ASIDE = (*KEYS, *("*" for _ in KEYS))
OUTCOMES = ("completed", "busy", "no-answer", "failed")


@dataclass(frozen=True, slots=True)
class Press:
    """One webhook of a call: its path with query, and the one field that no other webhook of it has."""

    path: str
    field: str = "Digits"
    value: str = ""


@dataclass(frozen=True, slots=True)
class Signer:
    """The account that calls, and the line it calls: `origin` is the line's public address."""

    origin: str
    account: str
    token: str
    number: str

    def request(self, press: Press, caller: str, call: str) -> bytes:
        """The whole HTTP request, with the 27 fields of a voice webhook, that the carrier would send."""
        fields = {
            "AccountSid": self.account, "ApiVersion": "2010-04-01", "CallSid": call,
            "CallStatus": "in-progress", "Direction": "inbound", press.field: press.value,
            "FinishedOnKey": "",
        }  # fmt: skip
        for name, number in (
            ("Called", self.number), ("Caller", caller), ("From", caller), ("To", self.number),
        ):  # fmt: skip
            city = "London" if number.startswith("+4420") else ""
            fields |= {
                name: number, f"{name}City": city, f"{name}Country": "GB", f"{name}State": "",
                f"{name}Zip": "",
            }  # fmt: skip
        body = urlencode(sorted(fields.items())).encode()
        signature = RequestValidator(self.token).compute_signature(self.origin + press.path, fields)
        headers = {
            "Host": urlsplit(self.origin).netloc,
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "Content-Length": str(len(body)),
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "I-Twilio-Idempotency-Token": call,
            "X-Twilio-Signature": signature,
        }
        lines = (f"POST {press.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()))
        return "\r\n".join((*lines, "", "")).encode() + body


def calls(library: Library, seed: int, version: str = "") -> Iterator[tuple[str, str, Press]]:
    """Yield caller, call and webhook of one call after another, for ever and the same for the same seed.

    `version` is the one that the calls began with, "" where none was published.
    """
    chance = random.Random(seed)  # noqa: S311 - callers, not secrets
    while True:
        caller, call = chance.choice(CALLERS), f"CA{chance.getrandbits(128):032x}"
        for press in _call(library, chance, version):
            yield caller, call, press


def _call(library: Library, chance: random.Random, version: str) -> Iterator[Press]:
    yield Press("/voice")
    place, key = replace(begin(library), version=version), ""
    for _ in range(LONGEST_CALL):
        *before, last = answer(library, place, key, Circumstances(texts=False))
        silent = chance.random() < SILENT
        match last:
            case Ask() if silent:
                place, key = last.place, SILENCE
                yield Press(webhook(place, key))
            case Transfer() if silent or not before:
                place, key = last.place, chance.choice(OUTCOMES)
                yield Press(webhook(place), "DialCallStatus", key)
            case Ask() | Transfer():
                keys = KEYS if last.place.at is At.TOPIC else ASIDE
                place, key = last.place, chance.choice(keys)
                yield Press(webhook(place), value=key)
            case _:
                return
