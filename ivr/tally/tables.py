"""How the line was used in a period, as tables: the same ones for the desk, a file, a machine and the terminal."""

import csv
import io
from collections.abc import Sequence
from datetime import date

from babel.dates import format_date

from ivr.content.model import MENU
from ivr.tally.events import ASIDE, Channel, Event
from ivr.tally.report import By, Names, Row, Table, Use, say, spans
from ivr.tally.veil import GIVEN_UP


def tables(use: Use, names: Names, by: By = By.DAY, language: str = "") -> tuple[Table, ...]:
    """Every table, in the order in which they are shown; of one language those that are counted by language."""
    made = [_days(use, by, language)]
    if not language:
        made.append(_languages(use, names))
    made += [_topics(use, names, language), _places(use, language), _helpline(use, language)]
    made += [_urgent(use, names, language), _messages(use, language)]
    if not language:
        made.append(_texts(use))
    made.append(_parts(use, names, language))
    if not language:
        made.append(_faults(use))
    return tuple(made)


def write_csv(made: Sequence[Table], use: Use) -> str:
    """The tables as one file: a line for each number, so that a spreadsheet can turn it as it likes."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow(("from", "to", "table", "row", "name", "what", "number"))
    for table in made:
        for row in table.rows:
            for what, value in zip(table.head[1:], row.values, strict=False):
                lines.writerow((use.first, use.last, table.key, row.key, _plain(row.label), what, say(value)))
    return out.getvalue()


def _plain(label: str) -> str:
    """The label, which no spreadsheet takes for a formula."""
    return f"'{label}" if label[:1] in ("=", "+", "-", "@") else label


def _days(use: Use, by: By, language: str) -> Table:
    rows = []
    for span in spans(use.first, use.last, by):
        values = (
            use.of(Event.LANGUAGE, language=language, span=span),
            use.texts(language, span),
        )
        rows.append(Row(span[0].isoformat(), _say_span(span, by), values))
    return Table(
        "days", f"Calls and texts by {by}", "Calls that went on in a language, and texts.",
        (by.capitalize(), "Calls", "Texts that came in"), tuple(rows),
    )  # fmt: skip


def _say_span(span: tuple[date, date], by: By) -> str:
    match by:
        case By.DAY:
            return format_date(span[0], "EEE d MMM y", locale="en_GB")
        case By.WEEK:
            first, last = (format_date(day, "d MMM", locale="en_GB") for day in span)
            return f"{first} to {last} {span[1].year}"
        case By.MONTH:
            return format_date(span[0], "MMMM y", locale="en_GB")


def _languages(use: Use, names: Names) -> Table:
    rows = [
        Row(code, name, (use.of(Event.LANGUAGE, language=code), use.texts(code)))
        for code, name in names.languages.items()
    ]
    return Table(
        "languages", "Languages", "In which language callers went on, and texts were answered.",
        ("Language", "Calls", "Texts that came in"), tuple(rows),
    )  # fmt: skip


def _topics(use: Use, names: Names, language: str) -> Table:
    rows = [
        Row(topic, name, (
            use.of(Event.ENTERED, topic, language, Channel.CALL), use.of(Event.HEARD, topic, language),
            use.of(Event.LEFT, topic, language),
        ))
        for topic, name in names.topics.items()
    ]  # fmt: skip
    return Table(
        "topics", "Topics",
        "Which topics callers went to, how many heard the last part to its end, and how many hung up there.",
        ("Topic", "Came to it", "Heard it to the end", "Hung up there"), tuple(rows),
    )  # fmt: skip


_PLACES = {
    "languages": "Choosing a language", "welcome": "At the welcome", MENU: "At the main menu",
    "notice": "While a notice was said", "help": "In the help about keys", "pause": "In a pause",
    "helpline": "While hearing about the helpline, or calling it", "missed": "After the helpline was not reached",
    "text": "When asking for a text", "still-there": "When asked whether they are still there",
}  # fmt: skip


def _places(use: Use, language: str) -> Table:
    rows = [
        Row(place, _PLACES[place], (use.of(Event.LEFT, place, language),))
        for place in sorted({*ASIDE, MENU}, key=list(_PLACES).index)
    ]
    rows.append(
        Row("goodbye", "Never: the line said goodbye after silence", (use.of(Event.GOODBYE, None, language),))
    )
    return Table(
        "places", "Where callers hung up, aside from topics",
        "Some have what they need, some give up: many at one place may mean that it is too hard there.",
        ("Place", "Hung up"), tuple(rows),
    )  # fmt: skip


_TRANSFERS = {
    "answered": "Somebody answered", "busy": "Busy", "no-answer": "No answer", "failed": "The call could not be made",
    "canceled": "Ended before an answer", GIVEN_UP: "Nothing is known: they hung up first, or the call goes on",
}  # fmt: skip
_CLOSED = {"closed": "Asked for a person outside the helpline’s hours"}


def _helpline(use: Use, language: str) -> Table:
    found = {key: use.of(Event.TRANSFER, key, language) for key in _TRANSFERS | _CLOSED}
    wanted = sum(found[key] for key in _TRANSFERS)
    rows = [Row("wanted", "Asked for a person", (wanted,))]
    rows += [Row(key, label, (found[key],)) for key, label in (_TRANSFERS | _CLOSED).items()]
    return Table(
        "helpline", "The helpline", "Key 0, and what came of it.", ("What happened", "Calls"), tuple(rows)
    )


def _urgent(use: Use, names: Names, language: str) -> Table:
    rows = [
        Row(kind, name, tuple(use.of(Event.URGENT, kind, language, channel) for channel in Channel))
        for kind, name in names.kinds.items()
    ]
    return Table(
        "urgent", "Urgent guidance",
        "Each kind that was heard on a call, or sent in answer to a text. Who came to the list of urgent symptoms on a "
        "call stands among the topics.",
        ("Kind", "Heard on calls", "Sent as texts"), tuple(rows),
    )  # fmt: skip


_MESSAGES = {
    "topic": "A topic", "menu": "The menu, as they asked for it", "help": "The answer to HELP",
    "carrier": "Nothing from us: STOP and words like it, which the carrier answers",
}  # fmt: skip


def _messages(use: Use, language: str) -> Table:
    urgent = use.of(Event.URGENT, None, language, Channel.TEXT)
    rows = [Row("urgent", "Urgent guidance, of each kind", (urgent,))]
    rows += [Row(key, label, (use.of(Event.MESSAGE, key, language),)) for key, label in _MESSAGES.items()]
    rows += [
        Row("not-understood", "The menu, as nothing the line knows was found in it",
            (use.of(Event.NOT_UNDERSTOOD, None, language, Channel.TEXT),)),
        Row("not-understood-said", "Spoken words at the main menu that were not understood",
            (use.of(Event.NOT_UNDERSTOOD, None, language, Channel.CALL),)),
    ]  # fmt: skip
    return Table(
        "messages", "What texts were answered with", "Only how often: no word of any message is kept.",
        ("Answer", "Times"), tuple(rows),
    )  # fmt: skip


_TEXTS = {
    "owed": "Asked for and owed", "accepted": "Taken by the carrier", "delivered": "Delivered",
    "failed": "Failed at the carrier", "expired": "Given up after a day",
    "limit": "Refused: the limits on texts were reached",
    "not-taken": "Refused: the number cannot be texted, or the database was down",
}  # fmt: skip


def _texts(use: Use) -> Table:
    rows = [Row(key, label, (use.of(Event.TEXT, key),)) for key, label in _TEXTS.items()]
    return Table(
        "texts", "Texts that callers asked for", "Key 9 on a call, and what came of it.",
        ("What happened", "Texts"), tuple(rows),
    )  # fmt: skip


def _parts(use: Use, names: Names, language: str) -> Table:
    kinds = {"reply": "In answer to texts"}
    if not language:
        kinds["own"] = "Because a caller asked"
    found = {key: use.of(Event.PARTS, key, language) for key in kinds}
    rows = [Row(key, kinds[key], (value,), names.price(value)) for key, value in found.items()]
    priced = any(row.money for row in rows)
    return Table(
        "parts", "Parts of texts that were sent",
        "The carrier charges by the part." if priced
        else "The carrier charges by the part. Write the price into prompts/line.toml and the cost stands here.",
        ("Why", "Parts"), tuple(rows),
    )  # fmt: skip


_REFUSALS = {
    "forged": "Turned away: not signed with the line’s token",
    "too-large": "Turned away: too large", "not-a-form": "Turned away: no form",
}  # fmt: skip


def _faults(use: Use) -> Table:
    rows = [
        Row(
            "failed", "Failed, so that the fallback was said or sent",
            tuple(use.of(Event.FAILED, channel=channel) for channel in Channel),
        )
    ]  # fmt: skip
    rows += [
        Row(key, label, tuple(use.of(Event.REFUSED, key, "", channel) for channel in Channel))
        for key, label in _REFUSALS.items()
    ]
    return Table(
        "faults", "Webhooks that went wrong",
        "The log says when and why. Many that are not signed: compare TWILIO_AUTH_TOKEN with the carrier’s.",
        ("What happened", "Calls", "Texts"), tuple(rows),
    )  # fmt: skip
