"""The settings of one running line: a frozen value, made once, at the edge."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit

from ivr.errors import IvrError

HOME = Path(__file__).resolve().parent.parent

# The account and number of a line that no carrier knows: only the browser phone calls it. The number is
# one of those that Ofcom keeps for drama.
LOCAL_ACCOUNT = "AC" + "0" * 32
LOCAL_NUMBER = "+442079460000"
LOCAL_SECRET = "only-on-this-machine"  # noqa: S105 - it guards nothing: such a line is reached from its own machine alone

SETTINGS = {
    "PUBLIC_URL": "the address the carrier calls, such as https://line.example.org; https means production",
    "PORT": "the port to listen on (5000)",
    "SECRET_KEY": "32 or more random characters that sign cookies and references",
    "TWILIO_ACCOUNT_SID": "the account at the carrier, AC and 32 characters",
    "TWILIO_AUTH_TOKEN": "its token; two with a comma between them while it is being replaced",
    "TWILIO_FROM": "the line's own number, such as +442079460000",
    "TWILIO_API_BASE": "the address of the carrier's interface (https://api.twilio.com)",
    "DATABASE_URL": "where owed texts are kept (an SQLite file in data/)",
    "PHONE_PASSWORD": "opens the browser phone in production; without it there is none",
    "PROMPTS": "the folder of prompt files (prompts)",
    "LOCALES": "the folder of languages (locales)",
    "AUDIO": "the folder of sounds (data/audio)",
    "WEB_CONCURRENCY": "how many web workers (1)",
    "MODEL_SOCKET": "where the language model's process listens; serve starts one and sets this",
    "SPEECH_INPUT": "on: the main menu also listens to spoken words (off)",
}
# A name this long and this like a setting's is a slip: PUBLIC_URI would leave a line unguarded in production.
# Shorter ones, such as PROMPT and LOCALE, have a meaning of their own on many machines.
SLIP_LETTERS, SLIP_LIKENESS = 8, 0.9
IN_PRODUCTION = ("SECRET_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM")

_SID = re.compile(r"AC[0-9a-fA-F]{32}")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_WEB = ("http", "https")
_SWITCH = {
    "on": True,
    "1": True,
    "yes": True,
    "true": True,
    "off": False,
    "0": False,
    "no": False,
    "false": False,
}


class SettingsError(IvrError):
    """The environment is not fit to start with; the text names every setting that is wrong and its mend."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the environment decides.

    `auth_tokens` verify webhooks and the first one signs; there are two while a token is being
    replaced. `number` is the line's own (E.164). `workers` are web processes.
    """

    public_url: str
    port: int
    secret_key: str
    account_sid: str
    auth_tokens: tuple[str, ...]
    number: str
    api_base: str
    database_url: str
    phone_password: str
    prompts: Path
    locales: Path
    audio: Path
    workers: int
    model_socket: str
    speech_input: bool

    @property
    def production(self) -> bool:
        """Whether real people reach this line."""
        return self.public_url.startswith("https://")


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings from `environ`. Raises SettingsError naming every fault at once.

    What a line on somebody's own desk needs has a default; in production nothing that keeps strangers
    out has one.
    """
    reading = _Reading(environ)
    port = reading.count("PORT", 5000, 65535)
    public_url = reading.origin("PUBLIC_URL", f"http://localhost:{port}")
    production = public_url.startswith("https://")
    if production:
        reading.demand(IN_PRODUCTION)
    reading.look_for_slips()
    settings = Settings(
        public_url=public_url,
        port=port,
        secret_key=reading.secret("SECRET_KEY", LOCAL_SECRET, production=production),
        account_sid=reading.shaped("TWILIO_ACCOUNT_SID", LOCAL_ACCOUNT, _SID),
        auth_tokens=reading.several("TWILIO_AUTH_TOKEN", LOCAL_SECRET),
        number=reading.shaped("TWILIO_FROM", LOCAL_NUMBER, _NUMBER),
        api_base=reading.origin("TWILIO_API_BASE", "https://api.twilio.com"),
        database_url=reading.text("DATABASE_URL", f"sqlite:///{HOME / 'data' / 'line.sqlite'}"),
        phone_password=reading.text("PHONE_PASSWORD", ""),
        prompts=Path(reading.text("PROMPTS", str(HOME / "prompts"))),
        locales=Path(reading.text("LOCALES", str(HOME / "locales"))),
        audio=Path(reading.text("AUDIO", str(HOME / "data" / "audio"))),
        workers=reading.count("WEB_CONCURRENCY", 1, 64),
        model_socket=reading.text("MODEL_SOCKET", ""),
        speech_input=reading.switch("SPEECH_INPUT", default=False),
    )
    if reading.faults:
        raise SettingsError("\n".join(reading.faults))
    return settings


class _Reading:
    """Reads one variable after another and remembers what is wrong with each. An empty one counts as unset."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.faults: list[str] = []

    def text(self, name: str, default: str) -> str:
        return self._environ.get(name, "").strip() or default

    def demand(self, names: tuple[str, ...]) -> None:
        for name in names:
            if not self.text(name, ""):
                self._fault(name, "is not set, and PUBLIC_URL is https, so real people reach this line")

    def look_for_slips(self) -> None:
        for name, value in self._environ.items():
            if name not in SETTINGS and len(name) >= SLIP_LETTERS and value.strip():
                for meant in get_close_matches(name, SETTINGS, 1, SLIP_LIKENESS):
                    self.faults.append(f"{name} is no setting. Is {meant} meant? Rename it, or unset it.")

    def several(self, name: str, default: str) -> tuple[str, ...]:
        values = tuple(value.strip() for value in self.text(name, default).split(",") if value.strip())
        if not values:
            self._fault(name, "holds nothing")
        return values

    def secret(self, name: str, default: str, *, production: bool) -> str:
        value = self.text(name, default)
        if production and self.text(name, "") and len(value) < 32:
            self._fault(name, "is too short to be a secret")
        return value

    def shaped(self, name: str, default: str, shape: re.Pattern[str]) -> str:
        value = self.text(name, default)
        if not shape.fullmatch(value):
            self._fault(name, "does not look right")
        return value

    def origin(self, name: str, default: str) -> str:
        """The address, with its scheme in small letters: HTTPS is production too."""
        value = self.text(name, default).rstrip("/")
        try:
            parts = urlsplit(value)
            sound = bool(parts.hostname) and parts.port != 0
        except ValueError:
            sound = False
        if (
            not sound
            or f"{parts.scheme}://{parts.netloc}".lower() != value.lower()
            or parts.scheme not in _WEB
        ):
            self._fault(name, f"is {value!r}, which is no address without a path")
            return value
        return f"{parts.scheme}://{parts.netloc}"

    def count(self, name: str, default: int, most: int) -> int:
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdecimal() and 1 <= int(value) <= most):
            self._fault(name, f"is {value!r}, which is no whole number from 1 to {most}")
            return default
        return int(value)

    def switch(self, name: str, *, default: bool) -> bool:
        value = self.text(name, "on" if default else "off").lower()
        if value not in _SWITCH:
            self._fault(name, f"is {value!r}, which is neither on nor off")
        return _SWITCH.get(value, default)

    def _fault(self, name: str, what: str) -> None:
        self.faults.append(f"{name} {what}. Set it to {SETTINGS[name]}.")
