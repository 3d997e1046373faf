"""What publishing is, whoever asks for it: check, compare, make the sounds, then change what is live."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from ivr.checking.rehearsal import rehearse
from ivr.config import Settings
from ivr.content.model import Library
from ivr.errors import IvrError
from ivr.languages import Language
from ivr.problems import ContentError
from ivr.shelf import load
from ivr.speech.chain import Chain, Choice
from ivr.speech.sounds import stock
from ivr.versions.archive import LOCALES, PROMPTS, SHORT, VersionError, contents, unpacked
from ivr.versions.difference import Change, Difference, compare
from ivr.versions.opening import Content, read_version
from ivr.versions.pointer import Published
from ivr.versions.supply import Supply

# Reads every language's word list; raises ContentError with every problem there is.
CheckWords = Callable[[Library, Path], object]


def checked(settings: Settings, data: bytes, check_words: CheckWords) -> Content:
    """What the version holds, once everything in it has passed and was made once. Raises VersionError, ContentError."""
    with unpacked(data) as folder:
        content = load(folder / PROMPTS, folder / LOCALES, settings.unreviewed)
        check_words(content[0], folder / LOCALES)
        if problems := rehearse(*content, folder / PROMPTS, folder / LOCALES):
            raise ContentError(problems)
    return content


def difference_to(
    settings: Settings, supply: Supply, live: Published | None, library: Library, data: bytes
) -> tuple[Difference, str]:
    """What the version with `library` changes, and why everything counts as new where the live one cannot be read."""
    if live is None:
        return compare(None, library, {}, contents(data)), ""
    try:
        before = supply.bring(live.version)
        return compare(read_version(settings, before)[0], library, contents(before), contents(data)), ""
    except IvrError as fault:
        why = f"The live version cannot be read, so everything counts as new: {fault}"
        return compare(None, library, {}, contents(data)), why


def describe(found: Difference, languages: Mapping[str, Language]) -> Iterator[str]:
    """The difference in words, a line for each thing."""
    names = {code: f"{language.name} ({code})" for code, language in languages.items()}
    for code, comes in found.languages.items():
        off = f"the language goes off the line; python -m ivr check --language {code} says why"
        yield f"{names.get(code, code)}: {'the whole language is new' if comes else off}"
    for code in dict.fromkeys([*(change.language for change in found.changes), *found.phrases]):
        yield f"{names.get(code, code)}:"
        yield from (f"  {_words(change)}" for change in found.changes if change.language == code)
        if phrases := found.phrases.get(code):
            yield f"  changed  what the line says around them: {', '.join(phrases)}"
    for name in found.files:
        yield f"changed  {name}"
    if not (found.languages or found.changes or found.phrases or found.files):
        yield "Nothing that is heard or texted is different."


def _words(change: Change) -> str:
    what = f" ({', '.join(change.what)})" if change.what else ""
    return f"{change.kind:8} {change.topic} {change.title}{what}: {sizes(change)}"


def sizes(change: Change) -> str:
    """How long a topic is, was and will be; both where the two differ."""
    return f"about {_both(change, 'seconds')} s, SMS parts {_both(change, 'parts')}"


def _both(change: Change, name: str) -> str:
    found = (getattr(size, name) for size in (change.before, change.after) if size)
    return " → ".join(dict.fromkeys(map(str, found)))


def missing_sounds(chain: Chain, library: Library, languages: Mapping[str, Language]) -> list[Choice]:
    """Every text that no engine has made a sound of yet."""
    wanted = {choice[0].key: choice for choice in stock(library, languages, chain).choices.values() if choice}
    there = chain.store.keys()
    return [choice for choice in wanted.values() if not any(one.key in there for one in choice)]


def make_sounds(
    chain: Chain, missing: list[Choice], progress: Callable[[int, int], None], workers: int | None = None
) -> int:
    """Make them, and return how many were made. Raises VersionError where some text would be without one."""
    report = chain.render(missing, workers=workers, progress=progress)
    if report.failed:
        utterance, reason = report.failed[0]
        raise VersionError(
            f"{len(report.failed)} texts have no sound, the first {utterance.text[:60]!r}: {reason} Nothing was changed."
        )
    return report.made


def go_live(supply: Supply, data: bytes, who: str, message: str, live: Published | None) -> Published:
    """Make `data` the live version in the place of `live`. Raises OvertakenError, VersionError, DatabaseDownError."""
    supply.store.add(data)
    return supply.pointer.publish(data, who, message, live.number if live else 0)


def number_of(one: Published) -> str:
    """A version as people name it, such as 6 (0123456789ab)."""
    return f"{one.number} ({one.version[:SHORT]})"


def when(one: Published) -> str:
    """The moment at which it went live."""
    return datetime.fromtimestamp(one.at, UTC).strftime("%Y-%m-%d %H:%M UTC")
