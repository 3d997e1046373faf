"""The fields of a webhook, as Twilio fills them in."""

import secrets
from typing import Final, Literal

WITHHELD: Final = "+266696687"
"""What Twilio sends as the number of a caller who withholds it: ANONYMOUS on a keypad."""


REHEARSAL: Final = "Rehearsal"
"""A field that no real carrier sends: the browser phone of a line that real people reach signs it into its webhooks,
whatever number it calls from, so that whoever tries the line out is not counted as somebody who needed it."""


def new_sid(kind: Literal["CA", "SM"]) -> str:
    """A call's or a message's id as Twilio makes them: two letters and 32 hexadecimal digits."""
    return kind + secrets.token_hex(16)


def voice_fields(call_sid: str, caller: str, called: str, status: str = "in-progress") -> dict[str, str]:
    """The fields of a voice webhook that stand in every one of a call's requests."""
    fields = {"CallSid": call_sid, "CallStatus": status, "Direction": "inbound"}
    for number, names in ((caller, ("From", "Caller")), (called, ("To", "Called"))):
        for name in names:
            fields |= {name: number, **_place(name, number)}
    return fields


def message_fields(message_sid: str, sender: str, to: str, body: str) -> dict[str, str]:
    """The fields of an SMS webhook; a carrier hands on at most 1,600 characters."""
    fields = {"MessageSid": message_sid, "SmsSid": message_sid, "SmsMessageSid": message_sid}
    fields |= {"From": sender, "To": to, **_place("From", sender), **_place("To", to)}
    return fields | {"Body": body[:1600], "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received"}


def _place(name: str, number: str) -> dict[str, str]:
    country = "GB" if number.startswith("+44") else "US" if number.startswith("+1") else ""
    return {f"{name}City": "", f"{name}State": "", f"{name}Zip": "", f"{name}Country": country}
