"""What the codes stand for that are found while files are read: why each keeps a change off the line."""

from collections.abc import Iterator, Mapping
from typing import Final

from ivr.content.checks.rule import Entry
from ivr.problems import Gravity

_NOTHING_TO_WAIVE: Final = "There is no text in which a waiver could stand: take the file away, or accept it."

READING: Mapping[str, str] = {
    # folders and files
    "prompts-absent": "Without the folder of prompts there is nothing to say.",
    "locales-absent": "Without the folder of languages nobody knows which voice is to speak.",
    "unreadable": "A file that cannot be read would leave a hole in the menu: the key is offered and leads nowhere.",
    "encoding": "A file in another encoding than UTF-8 turns every accent into two strange letters, which are read out.",
    "name": "The name of a file is its key. One without a number would be left out without a word.",
    "sections-missing": "A folder without topics must never replace the line that is being served.",
    "index-missing": "A folder is a list with a text of its own before the choices; without it callers hear bare keys.",
    "key-twice": "Of two topics on one key a caller reaches one; the other is lost.",
    "key-range": "A phone has no key for it, so nobody could choose it.",
    "key-gap": "After a gap in the keys callers take the list for finished (A7: ascending keys, no gaps).",
    # the header and the text of a prompt file
    "header-missing": "Without its header a file has no name, no text message and no place in the menu.",
    "header": "A header that cannot be read is that of a file that nobody can reach.",
    "field-unknown": "A field that nothing reads is mostly a slip: the text after it would be lost without a word.",
    "field-twice": "Of two texts one would be used, and nobody could tell which.",
    "field-text": "A field holds one text; a list or a table would be read out as signs.",
    "title-missing": "Without a title callers are not told where they are.",
    "option-missing": "Without these words a key is offered for nothing.",
    "sms-missing": "Whoever asks for this by text would get an empty message.",
    "leaflet-missing": "Without its source nobody can compare a passage with the leaflet.",
    "safety-missing": "Every call begins with the safety line; somebody in danger waits for it.",
    "sms-line-missing": "Every text ends with the urgent line; without it a text could seem to say that it can wait.",
    "text-missing": "A caller chooses a topic and hears nothing, which sounds like a dead line.",
    "list-alone": "A list without a sentence before it is heard as words out of nowhere.",
    "body": "What a page shows, such as bold or a link, cannot be heard: the words would change their meaning.",
    "added-alone": "A mark without a part hides from a reviewer which passage was added.",
    # urgent kinds
    "urgent-missing": "Star and 7 lead to the urgent symptoms from everywhere; there must be some.",
    "urgent-many": "There are keys for eight urgent choices; a ninth could not be chosen.",
    "severity": "Of two dangers in one message the graver is answered first; without a rank it is left to chance.",
    "severity-twice": "Of two dangers in one message the graver is answered first; two of one rank are left to chance.",
    "topic-unknown": "What leads to a topic that is not there leads nowhere.",
    # notices
    "notice-until": "A notice without an end is still heard in spring: the office is closed for Christmas.",
    "notice-date": "A notice without a day that can be read is heard too long, or never.",
    "notice-text": "A notice is one paragraph: everybody hears it before what they called for.",
    # phrases
    "phrases-braces": "A brace that does not close is read out, and what it stood for is not.",
    "phrases-values": "A caller would hear a choice without its key, or a goodbye without the helpline's number.",
    # line.toml
    "line-number": "A number that a phone cannot call connects a caller in need to nobody.",
    "line-spoken": "One number would be called and another one said: whoever notes it down calls a stranger.",
    "line-language": "A language that is not there cannot be spoken.",
    "line-country": "The country's bank holidays count as closed; without them callers are told that somebody answers.",
    "line-timezone": "In another time zone the helpline would be said to be open when it is closed.",
    "line-hours": "Hours that cannot be read would be lost, and callers sent to an empty room.",
    "line-date": "A date that cannot be read cannot be told, so nobody hears how old the advice is.",
    "line-price": "A price that cannot be read would show what texts cost ten times too low.",
    "line-currency": "A price in no money tells nothing.",
    # languages
    "language-code": "Days, dates and plurals of a language are found by its code.",
    "language-direction": "A page in the wrong direction cannot be read.",
    "language-digits": "Numbers are said digit by digit; a word too few shifts all that follow, and another is called.",
    "language-encoding": "The size of a text message is reckoned from it.",
    "wording-number": "Without a number the rule for long sentences knows no limit.",
    "catalog": "A catalog that cannot be read takes its language off the line.",
    "rehearsal": "A text that cannot be filled in would keep the line from starting, and nobody would hear anything.",
    "judge": "What cannot be judged might keep the line from starting: it is not published.",
    # word lists
    "yaml": "A word list that cannot be read would leave people's own words for danger unknown.",
    "spelling": "A spelling that messages never have is one that nobody's message can match.",
    "phrase": "A phrase that cannot be read never matches: somebody describes the danger and gets a menu.",
    "phrase-never": "A phrase with a word that is always read as another one never matches.",
    "kind-unknown": "Words for a danger that has no text would be answered with nothing.",
    "keyword-carrier": "The carrier answers this word itself: whoever texts it gets no content, or no text ever again.",
    "keyword-twice": "Two topics claim one keyword: whoever texts it gets one of them, by chance.",
    "keyword-language": "The keyword is a language's name: whoever texts it changes the language, and gets no answer.",
}

_TABLES: Mapping[str, str] = {
    "absent": "The line needs this file: without it nobody knows what to say, or who says it.",
    "toml": "A file that cannot be read as a whole cannot be read in part either: a lost quote swallows the next lines.",
    "missing": "What is empty here would be a silence in the middle of a sentence, or a number that is not there.",
    "text": "A number without quotes loses the zero at its front, and then reaches nobody.",
    "table": "A name that must begin a table cannot hold a text.",
    "list": "A list that is none would be lost.",
    "unknown": "A name that nothing reads is mostly a slip: what stands after it would be lost without a word.",
}
_FILES: Final = ("line", "phrases", "language", "pronunciation", "wording", "headings", "recordings")
# These three keep nothing off the line: an engine speaks meanwhile, and the rules find less.
_BESIDE: Final = frozenset({"wording", "headings", "recordings"})

RECORDINGS: Mapping[str, str] = {
    "recording-new": "Nobody has said that this is the recording of its text, and a recording of another text could tell "
    "a caller the wrong thing in a friendly voice. It is not heard until somebody does.",
    "recording-stale": "A voice that says last year's number of tablets is worse than a robot that says this year's: the "
    "recording is not heard until it is made anew or accepted again.",
    "recording-replaced": "The file is another one than somebody listened to. It is not heard until somebody does.",
    "recording-nameless": "The work of a reader lies here and is heard by nobody.",
    "recording-unreadable": "The work of a reader lies here and cannot be heard.",
    "recording-off_line": "The work of a reader lies here, in a language that nobody is offered.",
}

LANGUAGES: Mapping[str, str] = {
    "language-waiting": "People who speak it are not offered it: they must make do with a language that they do not "
    "understand.",
    "language-unreviewed": "A translation that nobody has read may say the opposite. Callers are told that nobody has.",
}


def reading_entries() -> Iterator[Entry]:
    """What there is to tell about everything that is found while files are read."""
    for code, story in READING.items():
        yield Entry(code, story, source="Found while the file is read.")
    for file in _FILES:
        for end, story in _TABLES.items():
            gravity = Gravity.WARNING if file in _BESIDE else Gravity.ERROR
            fixed = "The file cannot be read as it is." if file in _BESIDE else ""
            yield Entry(f"{file}-{end}", story, gravity, source="Found while the file is read.", fixed=fixed)


def other_entries() -> Iterator[Entry]:
    """What there is to tell about recordings, and about languages as a whole."""
    for code, story in RECORDINGS.items():
        yield Entry(code, story, Gravity.WARNING, source="python -m ivr recordings", fixed=_NOTHING_TO_WAIVE)
    for code, story in LANGUAGES.items():
        yield Entry(
            code, story, Gravity.WARNING, source="python -m ivr coverage", today=True,
            fixed="It ends when the language is complete, or is read by somebody who speaks it.",
        )  # fmt: skip
