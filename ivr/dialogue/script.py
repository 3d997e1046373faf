"""The words of a call in one language: phrases filled in, menus cut into stops."""

from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from itertools import pairwise

from ivr.content.model import MENU, URGENT, Edition, Library, Topic
from ivr.dialogue.circumstances import Caller
from ivr.text.timing import slow_seconds

# A stop holds at most this many choices and this many seconds at the slow pace, so that nothing runs
# over 40 s (A20) with 11 s to spare for a slower voice and the words that may come before it.
STOP_CHOICES = 6
STOP_SECONDS = 29.0

LISTENING_KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "hash", "star", "0")


def cut(choices: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Cut `choices` into stops that are short enough to listen to, with a second between two (A6)."""
    stops: list[list[str]] = [[]]
    for text in (f"{choice.rstrip('| ')} ||" for choice in choices):
        longer = sum(map(slow_seconds, [*stops[-1], text])) > STOP_SECONDS
        if stops[-1] and (longer or len(stops[-1]) == STOP_CHOICES):
            stops.append([])
        stops[-1].append(text)
    return tuple(map(tuple, stops))


class Script:
    """Everything said in one language. Each method returns texts; `every_text` lists all of them."""

    def __init__(self, library: Library, edition: Edition) -> None:
        self._line = edition.line
        self.languages = tuple(library.editions)
        self.edition = edition

    def phrase(self, name: str, /, **values: object) -> str:
        """The phrase `name` with its values filled in and a breath after it, so that what follows stands apart."""
        text = self.edition.phrases[name].format(**values)
        return text if text.endswith("|") else f"{text} |"

    def topic(self, topic_id: str) -> Topic:
        """The topic with this id; raises KeyError when there is none."""
        return self.edition.topics[topic_id]

    # -- menus ---------------------------------------------------------------------------------------

    def welcome(self) -> tuple[str, ...]:
        """What every call begins with: who this is, the two keys for help, the safety line."""
        name = self.phrase("welcome", name=self._line.name)
        return (name, self.phrase("welcome-keys"), self.edition.urgency.safety)

    def offer(self, key: int) -> str:
        """This language offered in itself on `key`."""
        return self.phrase("language", key=key)

    @cached_property
    def hints(self) -> tuple[str, ...]:
        """What a caller may well say at the main menu, for a recogniser to listen for."""
        offered = (*self.edition.sections, *self.edition.kinds)
        return tuple(topic.option.replace(",", "") for topic in offered if topic.option)

    def heading(self, topic: Topic) -> str:
        """Where the caller is, said as a topic begins."""
        if topic.section == URGENT:
            return self.phrase("heading-urgent", title=topic.title)
        if topic.parent == MENU:
            return self.phrase(
                "heading-section", number=topic.id, total=len(self.edition.sections), title=topic.title
            )
        return self.phrase("heading-topic", number=topic.section, title=topic.title)

    def stops(self, topic: Topic) -> tuple[tuple[str, ...], ...]:
        """What follows the parts of `topic`, cut into stops: its choices, or the ways on from its end."""
        return self._stops[topic.id]

    def last_part(self, topic: Topic) -> int:
        """The number of the last place in `topic`: the stops come after its parts, counted on."""
        return len(topic.parts) + len(self.stops(topic)) - 1

    def help_stops(self) -> tuple[tuple[str, ...], ...]:
        """What every key does while listening, cut into stops."""
        return self._help_stops

    @cached_property
    def _help_stops(self) -> tuple[tuple[str, ...], ...]:
        return cut(self.key_help(key) for key in LISTENING_KEYS)

    @cached_property
    def _stops(self) -> dict[str, tuple[tuple[str, ...], ...]]:
        return {
            t.id: cut(self._choices(t) if t.children else self._end(t)) for t in self.edition.topics.values()
        }

    def _choices(self, topic: Topic) -> Iterator[str]:
        for child in map(self.topic, topic.children):
            yield self.phrase("option", option=child.option, key=child.key)
        if topic.id != MENU:
            yield self.phrase("list-tail")
            return
        yield self.phrase("urgent-option")
        if len(self.languages) > 1:
            yield self.phrase("language-option")

    # -- listening -----------------------------------------------------------------------------------

    def _end(self, topic: Topic) -> Iterator[str]:
        yield self.phrase("end")
        yield self._after(topic)
        yield self.phrase("end-again")
        yield from (self.key_help(key) for key in "*90")
        yield self.phrase("end-keys")

    def _after(self, topic: Topic) -> str:
        if topic.section == URGENT:
            return self.phrase("end-see" if topic.see else "end-urgent")
        following = self.following(topic)
        if following is None:
            return self.phrase("end-last")
        return self.phrase("end-next", title=following.title)

    def following(self, topic: Topic) -> Topic | None:
        """The next topic in reading order; None after the leaflet's last."""
        return self._following.get(topic.id)

    @cached_property
    def _following(self) -> dict[str, Topic]:
        return {a.id: b for a, b in pairwise(self.edition.leaflet)}

    def where(self, topic: Topic, part: int) -> tuple[str, ...]:
        """Where the caller is, as the help key says it."""
        if part >= len(topic.parts):
            return (self.heading(topic), self.phrase("where-end"))
        return (self.heading(topic), self.phrase("where-part", part=part + 1, parts=len(topic.parts)))

    def key_help(self, key: str) -> str:
        """What `key` does while listening."""
        return self.phrase(f"help-{ {'*': 'star', '#': 'hash'}.get(key, key) }")

    def notices(self) -> tuple[str, ...]:
        """What is said once a call, after the first choice: how far these words can be trusted."""
        last, following = self.edition.review
        review = ""
        if last and following:
            review = self.phrase("notice-review", last=last, next=following)
        elif last:
            review = self.phrase("notice-reviewed", last=last)
        unchecked = "" if self._line.review.checked_by else self.phrase("notice-unchecked")
        translation = "" if self.edition.reviewed else self.phrase("notice-translation")
        texts = (review, unchecked, translation, self.phrase("notice-keys"))
        return tuple(text for text in texts if text)

    # -- people --------------------------------------------------------------------------------------

    def helpline(self, name: str) -> str:
        """The phrase `name` with the facts of the helpline and of the country's emergency numbers."""
        line = self._line
        values = {
            "name": line.helpline.name, "number": line.helpline.spoken, "cost": line.helpline.cost,
            "advice": line.advice, "emergency": line.emergency, "prefix": line.relay_prefix,
        }  # fmt: skip
        return self.phrase(name, **values)

    def who_answers(self, caller: Caller) -> tuple[str, ...]:
        """Who will answer key 0, and what it costs; from abroad a free number may cost, or not connect."""
        helpline = self._line.helpline
        cost = (self.helpline("helpline-cost"),) if helpline.cost else ()
        if caller is Caller.FOREIGN:
            cost = (self.phrase("helpline-abroad"),)
        interpreter = (helpline.interpreter,) if helpline.interpreter else ()
        return (self.helpline("helpline-who"), *cost, *interpreter)

    # -- all of it -----------------------------------------------------------------------------------

    def every_text(self) -> Iterator[str]:
        """Every text a call in this language can say, some more than once; the atlas proves it whole."""
        keys = range(1, len(self.languages) + 1)
        yield from (self.offer(key) for key in keys)
        yield from self.welcome()
        yield from (notice.text for notice in self.edition.notices if not notice.language)
        yield from self.notices()
        yield from self.who_answers(Caller.MOBILE)
        yield from self.edition.hours
        yield from (self.key_help(key) for key in LISTENING_KEYS if key not in ("star", "0"))
        for stop in self.help_stops():
            yield from stop
        yield self.phrase("list-tail")
        for name in _HELPLINE:
            yield self.helpline(name)
        for name in _PLAIN:
            yield self.phrase(name)
        for topic in self.edition.topics.values():
            if topic.id != MENU:
                yield self.heading(topic)
            yield from (part.text for part in topic.parts if not part.language)
            for stop in self.stops(topic):
                yield from stop
            if not topic.children:
                for part in range(len(topic.parts) + 1):
                    yield from self.where(topic, part)


_HELPLINE = ("goodbye", "number", "cannot-wait", "text-failed", "text-off", "relay")
_PLAIN = (
    "speech-invite", "speech-again", "speech-keys",
    "silence", "wrong", "person", "retry-end", "retry-last", "gone", "still-there", "slowest", "fastest",
    "first-part", "at-end", "help-how", "help-again", "pause", "pause-still", "helpline-open",
    "helpline-closed", "helpline-unknown", "helpline-abroad", "helpline-support", "helpline-choices",
    "helpline-connecting", "helpline-returned", "missed-busy", "missed-no-answer",
    "missed-failed", "missed-again", "missed-text", "text-ask", "text-sent", "text-limit",
    "text-withheld", "text-landline", "text-foreign",
)  # fmt: skip


@lru_cache(maxsize=64)
def script_of(library: Library, language: str) -> Script:
    """The script of `library` in `language`; raises KeyError when the library does not have it."""
    return Script(library, library.editions[language])
