"""What the facts mean: a sign for each thing that is ill, what people meet meanwhile, and what to do about it."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Final

from ivr.watch.codes import OTHER, explain, in_fives, is_ours, mends, say_about
from ivr.watch.facts import DAY, WEB, WORKER, Facts, Found
from ivr.watch.overheard import LATER, REFUSED, TAKEN, UNKNOWN
from ivr.watch.seen import Seen

QUARTER, HOURS = 15 * 60.0, 3 * 3600.0

OWED_TOO_LONG: Final = 10 * 60.0
"""Seconds that a text may be owed: somebody put the phone down and waits for it."""

UNSIGNED, UNSIGNED_BESIDE_GOOD = 2, 10
UNANSWERED: Final = 3
HANDED_IN_VAIN: Final = 3
UNTAKEN: Final = 3

CLOSED: Final = " closed"
"""Follows how a transfer ended where the helpline was closed by its own hours."""


class Grade(IntEnum):
    """How bad it is: people are failed now, a part does not work, something wants looking after."""

    GRAVE = 0
    ILL = 1
    MINOR = 2


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that is ill: what, what callers and texters meet meanwhile, what to do, how often in a day."""

    kind: str
    grade: Grade
    text: str
    meets: str
    mend: str
    many: int = 0


def judge(facts: Facts) -> tuple[Sign, ...]:
    """Everything that is ill, the worst first."""
    found = [sign for look in SIGNS if (sign := look(facts))]
    return tuple(sorted(found, key=lambda sign: sign.grade))


def database_down() -> Sign:
    """The one sign that no database can hold: whoever meets it knows."""
    return Sign(
        "database", Grade.GRAVE, "The database does not answer, or cannot be written to.",
        "Calls and texts are answered. Whoever asks for a text on a call is told that it cannot be sent, and nothing "
        "new can be published.",
        "See that it runs, that DATABASE_URL is right, and that its disk is not full.",
    )  # fmt: skip


def web_gone(facts: Facts) -> Sign | None:
    """The carrier rings and nobody is there."""
    if not facts.is_gone(WEB):
        return None
    return Sign(
        "web", Grade.GRAVE, "Nothing that answers calls and texts is running.",
        "Callers hear the fallback that is kept at the carrier, or the carrier's own error.",
        "Start it (web in the Procfile: python -m ivr serve), and see in its log why it stopped.",
    )  # fmt: skip


def calls_failed(facts: Facts) -> Sign | None:
    """A caller in the middle of a topic hears that the line has a fault."""
    if not facts.count(Seen.CALL_FAILED, QUARTER):
        return None
    return Sign(
        "calls-failed", Grade.GRAVE, "The line failed in the middle of calls.",
        "These callers heard that the line has a fault, then the urgent words and the helpline's number.",
        'See the log of the web workers at "a call\'s webhook failed": it names the lines of code. If it began when '
        "something was published: python -m ivr rollback.",
        facts.count(Seen.CALL_FAILED, DAY),
    )  # fmt: skip


def texts_failed(facts: Facts) -> Sign | None:
    """Somebody texts that they cannot feel their legs, and no list of words is asked."""
    if not facts.count(Seen.TEXT_FAILED, QUARTER):
        return None
    return Sign(
        "texts-failed", Grade.GRAVE, "The line failed to understand texts.",
        "These people were sent the urgent line and the helpline's number, whatever they had asked.",
        'See the log of the web workers at "a text\'s webhook failed": it names the lines of code. If it began when '
        "something was published: python -m ivr rollback.",
        facts.count(Seen.TEXT_FAILED, DAY),
    )  # fmt: skip


def fallback_played(facts: Facts) -> Sign | None:
    """The line believes that it is well, and the carrier cannot reach it."""
    codes = facts.details(Seen.FALLBACK, QUARTER)
    if not codes:
        return None
    return Sign(
        "fallback", Grade.GRAVE, f"The carrier gave up on the line: {explain(codes)}.",
        "These people heard or were sent the fallback: the urgent words and the helpline's number.",
        mends(codes), facts.count(Seen.FALLBACK, DAY),
    )  # fmt: skip


def signatures_refused(facts: Facts) -> Sign | None:
    """A token was replaced at the carrier and not here: from then on every call is refused.

    A webhook with no signature at all is not counted: the whole internet knocks at doors.
    """
    refused = facts.count(Seen.REFUSED, QUARTER)
    good = facts.count(Seen.CALL, QUARTER) + facts.count(Seen.TEXT, QUARTER)
    many = facts.count(Seen.REFUSED, DAY)
    mend = (
        "Was the auth token replaced at the carrier? Set TWILIO_AUTH_TOKEN to both, with a comma between. Does "
        "the number belong to the account in TWILIO_ACCOUNT_SID? Is "
        "PUBLIC_URL letter for letter the address that stands at the carrier? python -m ivr carrier prints what "
        "should stand there."
    )
    if refused >= UNSIGNED and not good:
        return Sign(
            "refused", Grade.GRAVE, "Every webhook is refused: none has the right signature.",
            "Callers and texters get the fallback, or the carrier's own error.", mend, many,
        )  # fmt: skip
    if refused >= UNSIGNED_BESIDE_GOOD:
        return Sign(
            "refused", Grade.ILL, "Many webhooks with a wrong signature arrive beside good ones.",
            "Calls and texts with the right one are answered. If the others come from the carrier, those people get "
            "the fallback.",
            f"It may be a stranger trying the address. If not: {mend}", many,
        )  # fmt: skip
    return None


def transfers_fail(facts: Facts) -> Sign | None:
    """Somebody presses 0 for a person, and the carrier cannot put them through."""
    ended = facts.details(Seen.TRANSFER, HOURS)
    failed = ended["failed"] + ended["failed" + CLOSED]
    answered = ended["answered"] + ended["answered" + CLOSED]
    if not failed or failed < answered:
        return None
    return Sign(
        "transfers-fail", Grade.GRAVE, "Calls to the helpline cannot be put through.",
        "Whoever presses 0 hears that it failed, then the number to call themselves.",
        "Call the number in prompts/line.toml yourself. If it rings, see at the carrier whether the account may call "
        "that kind of number (Geo permissions, credit).",
        failed,
    )  # fmt: skip


def transfers_unanswered(facts: Facts) -> Sign | None:
    """The helpline has new hours or a new number, and the line sends people to an empty room."""
    ended = facts.details(Seen.TRANSFER, HOURS)
    missed = ended["no-answer"] + ended["busy"]
    if missed < UNANSWERED or missed < ended["answered"]:
        return None
    return Sign(
        "transfers-unanswered", Grade.ILL, "The helpline does not answer most calls that are put through to it.",
        "Whoever presses 0 hears that nobody answered or that it is busy, then the number, to try again.",
        "Call the helpline: has its number changed, or have its hours? Write both in prompts/line.toml. If they are "
        "short of people today, publish a notice: python -m ivr notice.",
        missed,
    )  # fmt: skip


def worker_gone(facts: Facts) -> Sign | None:
    """Callers are promised a text, and nobody sends it."""
    if not facts.is_gone(WORKER):
        return None
    return Sign(
        "worker", Grade.GRAVE, "Nothing that sends the promised texts is running.",
        "Whoever asks for a text on a call is told that it comes, and it does not. What people text to the line is "
        "answered.",
        "Start it (worker in the Procfile: python -m ivr outbox), and see in its log why it stopped.",
    )  # fmt: skip


def texts_late(facts: Facts) -> Sign | None:
    """Somebody waits for the number they could not write down."""
    if facts.owed_for <= OWED_TOO_LONG:
        return None
    return Sign(
        "texts-late", Grade.GRAVE if facts.owed_for > 3600 else Grade.ILL,
        "Promised texts are late.",
        f"The oldest waits for {round(facts.owed_for / 60)} minutes; {say_about(in_fives(facts.owed))} wait to be sent. "
        "After 24 hours they are erased unsent.",
        "See whether the carrier takes texts (below, or its status page) and whether the worker runs.",
    )  # fmt: skip


def texts_not_taken(facts: Facts) -> Sign | None:
    """The carrier takes no text at all, so the sender leaves it alone for ever longer."""
    handed = facts.details(Seen.HANDED, QUARTER)
    vain = Counter({word: many for word, many in handed.items() if word.startswith((LATER, UNKNOWN))})
    if handed[TAKEN] or vain.total() < HANDED_IN_VAIN:
        return None
    codes = _codes(vain, LATER)
    why = f": {explain(codes)}" if codes else ""
    grave = any(len(code) == 5 and is_ours(code) for code in codes)
    return Sign(
        "texts-not-taken", Grade.GRAVE if grave else Grade.ILL, f"The carrier takes no texts{why}.",
        "Promised texts wait and are tried again, up to 24 hours.",
        mends(codes) or "See the carrier's status page, and whether this machine reaches the internet.",
        vain.total(),
    )  # fmt: skip


def texts_refused(facts: Facts) -> Sign | None:
    """The carrier refuses texts for a reason that meets everybody, such as a filter for spam."""
    handed = facts.details(Seen.HANDED, DAY)
    codes = _codes(handed, REFUSED) + facts.details(Seen.UNDELIVERED, DAY)
    ours = Counter({code: many for code, many in codes.items() if is_ours(code)})
    sent = handed[TAKEN] + _codes(handed, REFUSED).total()
    if not ours and (codes.total() < UNTAKEN or 2 * codes.total() < sent):
        return None
    shown = ours or codes
    return Sign(
        "texts-refused", Grade.ILL, f"The carrier does not deliver texts: {explain(shown)}.",
        "These people were promised a text and got none. They are not told.",
        mends(shown), shown.total(),
    )  # fmt: skip


def version_refused(facts: Facts) -> Sign | None:
    """Somebody corrected a number and published it, and callers still hear the old one."""
    if not facts.found(Found.VERSION):
        return None
    return Sign(
        "version", Grade.ILL, "A newer published version cannot be served.",
        "Callers hear the version before it: what was changed since has not reached them.",
        "See python -m ivr check and the log, mend what they name, and publish again.",
    )  # fmt: skip


def model_missing(facts: Facts) -> Sign | None:
    """A danger in words that no list foresaw is missed more often."""
    if not facts.found(Found.MODEL):
        return None
    return Sign(
        "model", Grade.ILL, "The language model does not answer.",
        "Texts are understood by their words alone, so a danger in unusual words is missed more often. Every reply "
        "still carries the urgent line and the helpline.",
        'See the log for "language model". Start the line anew; if it stays away, install requirements.txt anew.',
    )  # fmt: skip


def sound_fails(facts: Facts) -> Sign | None:
    """The voice changes in the middle of a call, or there is none in that language."""
    if not facts.found(Found.SOUND_FAILS):
        return None
    return Sign(
        "sound-fails", Grade.ILL, "Some texts could not be turned into sound just now.",
        "The carrier's own voice reads them; in a language that it lacks they are left out.",
        "See the log, free space for AUDIO, then python -m ivr render.",
    )  # fmt: skip


def sounds_missing(facts: Facts) -> Sign | None:
    """The first caller of each text waits for its sound."""
    if not facts.found(Found.SOUNDS_MISSING):
        return None
    return Sign(
        "sounds-missing", Grade.MINOR, "Sounds are missing and are made when somebody first asks for them.",
        "Those callers wait a little longer for the first words.",
        "python -m ivr render, where AUDIO is the folder of the web workers.",
    )  # fmt: skip


def stand_in(facts: Facts) -> Sign | None:
    """The preferred voice is paid for and nobody hears it."""
    names = facts.found(Found.STAND_IN)
    if not names:
        return None
    return Sign(
        "stand-in", Grade.MINOR, f"Another voice stands in for the preferred one ({', '.join(names)}).",
        "Callers hear every text, some of them in the other voice.",
        "python -m ivr render --upgrade, which also says why.",
    )  # fmt: skip


def disk(facts: Facts) -> Sign | None:
    """A full disk owes nobody a text and makes no sound."""
    full, low = facts.found(Found.DISK_FULL), facts.found(Found.DISK_LOW)
    if not full and not low:
        return None
    where = ", ".join(full or low)
    return Sign(
        "disk", Grade.GRAVE if full else Grade.ILL,
        f"The disk is {'full' if full else 'nearly full'} where this is kept: {where}.",
        "Calls are answered. Once it is full, promised texts cannot be written down and missing sounds not made.",
        "Free space there, or move it to a larger disk.",
    )  # fmt: skip


def helpline_unchecked(facts: Facts) -> Sign | None:
    """A number that was right in the leaflet rings in another office, or nowhere."""
    dates = facts.found(Found.HELPLINE)
    if not dates:
        return None
    checked = f"were last checked on {_say_day(dates[-1])}" if dates[-1] else "have never been checked"
    return Sign(
        "helpline", Grade.MINOR, f"The helpline's number and hours {checked}.",
        "If either is wrong, everybody who presses 0 or reads a text is sent to the wrong place.",
        "Call the number, ask who answers and when, correct prompts/line.toml, write today's date after checked, "
        "and publish.",
    )  # fmt: skip


def review_past(facts: Facts) -> Sign | None:
    """Old advice is given as if it were today's."""
    dates = facts.found(Found.REVIEW)
    if not dates:
        return None
    return Sign(
        "review", Grade.MINOR, f"The leaflet's next review was planned for {dates[-1]}, and that is past.",
        "Callers are told so once a call.",
        "Ask whoever publishes the leaflet for its present edition, and write the dates in prompts/line.toml.",
    )  # fmt: skip


def unreviewed(facts: Facts) -> Sign | None:
    """Nobody knows whether the translation says what the leaflet says."""
    codes = facts.found(Found.UNREVIEWED)
    if not codes:
        return None
    return Sign(
        "unreviewed", Grade.MINOR, f"On the line though nobody has checked them (SERVE_UNREVIEWED): {', '.join(codes)}.",
        "Callers are told so once a call.",
        "Have them read by somebody who speaks them, and write who in locales/…/language.toml.",
    )  # fmt: skip


def telling_fails(facts: Facts) -> Sign | None:
    """The line is ill and nobody hears of it."""
    failing = [one for one in facts.standings if one.fails]
    if not failing:
        return None
    return Sign(
        "telling", Grade.ILL, " ".join(f"Messages about the line do not get out by {one.way}: {one.why}" for one in failing),
        "Nothing, as long as nothing else is ill.",
        "Correct what the message names, then python -m ivr alert-test.",
        sum(one.fails for one in failing),
    )  # fmt: skip


def untold(facts: Facts) -> Sign | None:
    """It breaks on a Friday night and is found on Monday."""
    if not facts.found(Found.UNTOLD):
        return None
    return Sign(
        "untold", Grade.MINOR, "Nobody is told when the line is ill.",
        "Whatever breaks stays broken until somebody looks at the desk.",
        "Set ALERT_MAIL_TO and SMTP_URL, or ALERT_WEBHOOK, then python -m ivr alert-test.",
    )  # fmt: skip


SIGNS: Final[tuple[Callable[[Facts], Sign | None], ...]] = (
    web_gone, calls_failed, texts_failed, fallback_played, signatures_refused, transfers_fail, worker_gone, texts_late,
    texts_not_taken, texts_refused, transfers_unanswered, disk, version_refused, model_missing, sound_fails,
    telling_fails, helpline_unchecked, review_past, unreviewed, sounds_missing, stand_in, untold,
)  # fmt: skip


def _say_day(written: str) -> str:
    day = date.fromisoformat(written)
    return f"{day.day} {day:%B %Y}"


def _codes(handed: Mapping[str, int], word: str) -> Counter[str]:
    """The codes that follow `word`; none is OTHER where the carrier refused, and nothing where it never answered."""
    codes: Counter[str] = Counter()
    for detail, many in handed.items():
        first, _, code = detail.partition(" ")
        if first == word and (code or word == REFUSED):
            codes[code or OTHER] += many
    return codes
