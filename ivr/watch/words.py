"""What is told, in words: pure, so that a test reads every message without sending one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from ivr.watch.codes import in_fives, say_about
from ivr.watch.course import News, Trouble
from ivr.watch.facts import DAY, Facts
from ivr.watch.seen import Seen
from ivr.watch.signs import Grade

GRADES: Final = {
    Grade.GRAVE: "People are failed now", Grade.ILL: "Something does not work", Grade.MINOR: "To look after",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Message:
    """One message: what kind it is, its subject, its text, and the same as data for a machine.

    It names the line by its address, not by what it is about: phones show subjects on locked screens.
    """

    kind: str
    subject: str
    text: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sender:
    """In whose name is told: the line's address and time zone, and where the desk is, "" where there is none."""

    host: str
    zone: str
    desk: str


def tell_news(sender: Sender, news: News, ill: Iterable[Trouble]) -> Message:
    """What began and what is over, and what else is ill."""
    lines: list[str] = []
    for trouble in news.begun:
        lines += [*_describe(trouble, sender.zone), ""]
    for trouble in news.over:
        begun, ended = say_time(trouble.since, sender.zone), say_time(trouble.ended, sender.zone)
        lines += [f"OVER: {trouble.sign.text}", f"  It was so from {begun} to {ended}.", ""]
    named = {trouble.key for trouble in news.begun}
    others = [trouble for trouble in ill if trouble.key not in named]
    if others:
        lines += ["Still so:", *(f"- {trouble.sign.text}" for trouble in others), ""]
    elif not news.begun:
        lines += ["Nothing is ill now.", ""]
    first = (news.begun or news.over)[0].sign.text
    begins = f"{GRADES[news.begun[0].sign.grade]}: {first}" if news.begun else f"Over: {first}"
    more = len(news.begun) + len(news.over) - 1
    parts = {"begun": news.begun, "over": news.over, "still": others}
    data = {name: [_row(each) for each in part] for name, part in parts.items()}
    return _message(sender, "news", begins + (f" (and {more} more)" if more else ""), lines, data)


def tell_heartbeat(sender: Sender, facts: Facts, ill: tuple[Trouble, ...], version: str) -> Message:
    """That the line is up, what came in a day, and what is ill."""
    calls, texts = (in_fives(facts.count(seen, DAY)) for seen in (Seen.CALL, Seen.TEXT))
    owed = in_fives(facts.owed)
    lines = [
        f"In the last 24 hours: {say_about(calls)} calls, {say_about(texts)} texts.",
        f"Promised texts that wait: {say_about(owed)}.",
        f"Version on the line: {version or 'the folders, as nothing is published'}.",
        "",
    ]
    if ill:
        lines += [f"{len(ill)} thing{'' if len(ill) == 1 else 's'} to look after:", ""]
        for trouble in ill:
            lines += [*_describe(trouble, sender.zone), ""]
    else:
        lines += ["Nothing is ill.", ""]
    lines.append("This comes once a day. If it does not come tomorrow, look whether the line is up.")
    worst = min((trouble.sign.grade for trouble in ill), default=None)
    subject = (
        "The line is up"
        if worst is None or worst is Grade.MINOR
        else f"Daily report: {GRADES[worst].lower()}"
    )
    data = {
        "version": version, "calls": calls, "texts": texts, "owed": owed, "ill": [_row(each) for each in ill],
    }  # fmt: skip
    return _message(sender, "heartbeat", subject, lines, data)


def tell_test(sender: Sender) -> Message:
    """A message that only shows that messages arrive."""
    lines = ["Somebody asked the line to send this. Messages arrive; there is nothing to do."]
    return _message(sender, "test", "A test: messages arrive", lines, {})


def tell_outage(sender: Sender, trouble: Trouble) -> Message:
    """That the database is down, which nobody can write down meanwhile."""
    return tell_news(sender, News(begun=(trouble,)), ())


def say_time(at: float, zone: str) -> str:
    """A moment as an operator reads it: 29 November, 08:05."""
    local = datetime.fromtimestamp(at, ZoneInfo(zone))
    return f"{local.day} {local:%B, %H:%M}"


def say_often(many: int) -> str:
    """How often in a day, in fives; "" where that says nothing."""
    return f"{say_about(in_fives(many))} times in the last 24 hours" if many else ""


def _describe(trouble: Trouble, zone: str) -> Iterator[str]:
    sign = trouble.sign
    yield f"{GRADES[sign.grade].upper()}: {sign.text}"
    often = say_often(sign.many)
    yield f"  Since {say_time(trouble.since, zone)}{f', {often}' if often else ''}."
    yield f"  Meanwhile: {sign.meets}"
    yield f"  What to do: {sign.mend}"


def _message(sender: Sender, kind: str, subject: str, lines: list[str], data: dict[str, Any]) -> Message:
    desk = ["", f"See the desk: {sender.desk}"] if sender.desk else []
    text = "\n".join([*lines, *desk]).strip()
    return Message(kind, f"[{sender.host}] {subject}", text, {"line": sender.host, "kind": kind, **data})


def _row(trouble: Trouble) -> dict[str, Any]:
    sign = trouble.sign
    return {
        "kind": sign.kind, "grade": sign.grade.name.lower(), "what": sign.text, "meanwhile": sign.meets,
        "mend": sign.mend, "times": in_fives(sign.many),
        "since": round(trouble.since), "ended": round(trouble.ended) or None,
    }  # fmt: skip
