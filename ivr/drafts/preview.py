"""What a file becomes on the line: seconds for the ear, parts for the phone."""

from dataclasses import dataclass

from ivr.content.model import URGENT
from ivr.drafts.judge import Judgement
from ivr.text.gsm7 import JOINED, SINGLE, Size, measure
from ivr.text.spoken import caption
from ivr.text.timing import slow_seconds
from ivr.versions.difference import NORMAL_OVER_SLOW


@dataclass(frozen=True, slots=True)
class Spoken:
    """One part, with its seconds at the normal pace, estimated; `added` is what the leaflet does not have."""

    text: str
    seconds: int
    added: bool


@dataclass(frozen=True, slots=True)
class Texted:
    """One text as it is sent, and how many units its parts have room for."""

    body: str
    size: Size

    @property
    def room(self) -> int:
        """The units that so many parts have room for."""
        parts, encoding = self.size.parts, self.size.encoding
        return SINGLE[encoding] if parts == 1 else parts * JOINED[encoding]


@dataclass(frozen=True, slots=True)
class Preview:
    """All that is heard and texted of one file; both are empty for a file that is neither."""

    spoken: tuple[Spoken, ...] = ()
    texted: tuple[Texted, ...] = ()

    @property
    def seconds(self) -> int:
        """How long all of it takes to hear."""
        return sum(part.seconds for part in self.spoken)


def preview(path: str, judgement: Judgement) -> Preview:
    """What the file at `path` becomes, as far as it can be read."""
    if topic := judgement.topics.get(path):
        ending = "" if topic.section == URGENT or not judgement.sms_line else f" {judgement.sms_line}"
        texts = (f"{topic.sms}{ending}",) if topic.sms else ()
        return Preview(
            tuple(_spoken(part.text, added=part.added) for part in topic.parts), tuple(map(_texted, texts))
        )
    if notice := judgement.notices.get(path):
        return Preview((_spoken(notice.text, added=True),), (_texted(notice.texted),))
    return Preview()


def _spoken(text: str, *, added: bool) -> Spoken:
    return Spoken(caption(text), round(slow_seconds(text) * NORMAL_OVER_SLOW), added)


def _texted(body: str) -> Texted:
    return Texted(body, measure(body))
