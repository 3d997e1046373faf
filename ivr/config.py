"""The settings of one running line: a frozen value, made once, at the edge."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import unquote, urlsplit

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
    "DATABASE_URL": "where owed texts and published versions are kept (an SQLite file in data/)",
    "PHONE_PASSWORD": "opens the browser phone in production; without it there is none",
    "DESK_PASSWORD_HASH": "opens the desk in production: what python -m ivr desk-password prints, in 'single quotes'",
    "METRICS_TOKEN": "opens /metrics for who sends it as Authorization: Bearer; without it there is none",
    "PROMPTS": "the folder of prompt files (prompts)",
    "LOCALES": "the folder of languages (locales)",
    "AUDIO": "the folder of sounds (data/audio)",
    "VERSIONS": "the folder of published versions, of this machine's own (data/versions)",
    "WEB_CONCURRENCY": "how many web workers (1)",
    "SERVE_UNREVIEWED": "languages to serve though unreviewed, such as cy,pl, or none (in production none, else all)",
    "MODEL_SOCKET": "where the language model's process listens; serve starts one and sets this",
    "SPEECH_ENGINES": "the engines that speak, the preferred one first: piper,gtts,espeak (espeak)",
    "GTTS_API_BASE": "another address for the engine gtts, such as https://translate.google.de (Google's own)",
    "PIPER_VOICES": "the folder of voices for the engine piper, two files each (data/voices)",
    "ALERT_MAIL_TO": "who is mailed when the line is ill, and once a day that it is well; a comma between two",
    "SMTP_URL": "the mail server: smtp://user:password@mail.example.org:587 or smtps://…, odd characters as %40",
    "ALERT_MAIL_FROM": "the address those mails come from (the user in SMTP_URL, else the first of ALERT_MAIL_TO)",
    "ALERT_WEBHOOK": "an address that takes the same as JSON, such as a Slack webhook; https in production",
    "ALERT_HOUR": "the hour of the daily mail, 0 to 23 by the line's own clock (8)",
    "CHECKED_WITHIN_DAYS": "how long the helpline's number and hours count as checked, in days (183)",
    "SPEECH_INPUT": "on: the main menu also listens to spoken words (off)",
}
# A helpline that has moved sends people nowhere: twice a year somebody calls it.
CHECKED_WITHIN_DAYS = 183
# A name this long and this like a setting's is a slip: PUBLIC_URI would leave a line unguarded in production.
# Shorter ones, such as PROMPT and LOCALE, have a meaning of their own on many machines.
SLIP_LETTERS, SLIP_LIKENESS = 8, 0.9
ENGINES = ("espeak", "gtts", "piper")
# It is on this machine and speaks every language, so it makes what is missing while a caller waits.
BUILT_IN = "espeak"
IN_PRODUCTION = ("SECRET_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM")

_HASH = re.compile(r"(\$argon2id?\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+)?")
_SID = re.compile(r"AC[0-9a-fA-F]{32}")
_MAIL = re.compile(r"[^@\s,<>]+@[^@\s,<>]+\.[^@\s,<>.]+|[^@\s,<>]+@localhost")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_WEB = ("http", "https")
_POST = ("smtp", "smtps")
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

    `speech_engines` are in order of preference. `gtts_api_base` is empty for Google's own addresses.
    `auth_tokens` verify webhooks and the first one signs; there are two while a token is being
    replaced. `number` is the line's own (E.164). `workers` are web processes. Where nobody is to be told that the
    line is ill, `alert_mail_to` and `alert_webhook` are empty.
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
    desk_password_hash: str
    metrics_token: str
    prompts: Path
    locales: Path
    audio: Path
    versions: Path
    workers: int
    serve_unreviewed: tuple[str, ...]
    model_socket: str
    speech_input: bool
    speech_engines: tuple[str, ...]
    gtts_api_base: str
    piper_voices: Path
    alert_mail_to: tuple[str, ...]
    alert_mail_from: str
    smtp_url: str
    alert_webhook: str
    alert_hour: int
    checked_within_days: int

    @property
    def unreviewed(self) -> tuple[str, ...] | None:
        """The languages that are served though nobody has reviewed them; None is all."""
        return self.serve_unreviewed if self.production or self.serve_unreviewed else None

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
    mail_to, mail_from, smtp_url = reading.mail()
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
        desk_password_hash=reading.shaped("DESK_PASSWORD_HASH", "", _HASH),
        metrics_token=reading.secret("METRICS_TOKEN", "", production=production),
        prompts=Path(reading.text("PROMPTS", str(HOME / "prompts"))),
        locales=Path(reading.text("LOCALES", str(HOME / "locales"))),
        audio=Path(reading.text("AUDIO", str(HOME / "data" / "audio"))),
        versions=Path(reading.text("VERSIONS", str(HOME / "data" / "versions"))),
        workers=reading.count("WEB_CONCURRENCY", 1, 64),
        serve_unreviewed=reading.several("SERVE_UNREVIEWED", "", least=0),
        model_socket=reading.text("MODEL_SOCKET", ""),
        speech_input=reading.switch("SPEECH_INPUT", default=False),
        speech_engines=reading.order("SPEECH_ENGINES", BUILT_IN, ENGINES, needed=BUILT_IN),
        gtts_api_base=reading.origin("GTTS_API_BASE", ""),
        piper_voices=Path(reading.text("PIPER_VOICES", str(HOME / "data" / "voices"))),
        alert_mail_to=mail_to,
        alert_mail_from=mail_from,
        smtp_url=smtp_url,
        alert_webhook=reading.address("ALERT_WEBHOOK", ("https",) if production else _WEB),
        alert_hour=reading.count("ALERT_HOUR", 8, 23, least=0),
        checked_within_days=reading.count("CHECKED_WITHIN_DAYS", CHECKED_WITHIN_DAYS, 3650),
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

    def several(self, name: str, default: str, least: int = 1) -> tuple[str, ...]:
        values = tuple(filter(None, (value.strip() for value in self.text(name, default).split(","))))
        if len(values) < least:
            self._fault(name, "holds nothing")
        return values

    def order(self, name: str, default: str, known: tuple[str, ...], *, needed: str) -> tuple[str, ...]:
        """Some of the `known` names, each once, `needed` among them."""
        names = self.several(name, default)
        if strange := [one for one in names if one not in known]:
            self._fault(name, f"names {', '.join(strange)}; there are: {', '.join(known)}")
        elif len(set(names)) < len(names):
            self._fault(name, "names one twice")
        elif names and needed not in names:
            self._fault(name, f"leaves out {needed}, which speaks what the others cannot")
        return names

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
        """The address, with its scheme in small letters: HTTPS is production too; empty where that is the default."""
        value = self.text(name, default).rstrip("/")
        if value == default == "":
            return value
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

    def mail(self) -> tuple[tuple[str, ...], str, str]:
        """To whom mail goes, from whom, and through which server."""
        to, server = self.several("ALERT_MAIL_TO", "", least=0), self.address("SMTP_URL", _POST)
        user = unquote(urlsplit(server).username or "")
        sender = self.text("ALERT_MAIL_FROM", user if _MAIL.fullmatch(user) else next(iter(to), ""))
        if to and not server and not self.text("SMTP_URL", ""):
            self._fault("SMTP_URL", "is not set, and ALERT_MAIL_TO is, so nothing could be mailed")
        for name, addresses in (("ALERT_MAIL_TO", to), ("ALERT_MAIL_FROM", (sender,) if sender else ())):
            if not all(map(_MAIL.fullmatch, addresses)):
                self._fault(name, "holds what is no mail address")
        return to, sender, server

    def address(self, name: str, schemes: tuple[str, ...]) -> str:
        """A whole address, "" where none is set. It may hold a password, so no fault quotes it."""
        value = self.text(name, "")
        try:
            parts = urlsplit(value)
            sound = not value or bool(parts.scheme in schemes and parts.hostname and parts.port != 0)
        except ValueError:
            sound = False
        if not sound:
            self._fault(name, f"is no address that begins with {' or '.join(f'{one}://' for one in schemes)}")
        return value if sound else ""

    def count(self, name: str, default: int, most: int, least: int = 1) -> int:
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdecimal() and least <= int(value) <= most):
            self._fault(name, f"is {value!r}, which is no whole number from {least} to {most}")
            return default
        return int(value)

    def switch(self, name: str, *, default: bool) -> bool:
        value = self.text(name, "on" if default else "off").lower()
        if value not in _SWITCH:
            self._fault(name, f"is {value!r}, which is neither on nor off")
        return _SWITCH.get(value, default)

    def _fault(self, name: str, what: str) -> None:
        self.faults.append(f"{name} {what}. Set it to {SETTINGS[name]}.")
