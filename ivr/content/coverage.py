"""How far a language has come: what it lacks, what is wrong with it, and whether it is on the line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from ivr.content.catalogs import MADE_FOR
from ivr.content.checks import RULES
from ivr.content.checks import translated as translation
from ivr.content.checks.rule import Draft, Entry
from ivr.content.checks.texted import is_long_as_sent
from ivr.content.extract import LINE, PHRASE
from ivr.content.model import URGENT, Library
from ivr.content.sheet import Row, Sheet
from ivr.languages import Language
from ivr.problems import Findings, Gravity, Problem
from ivr.text.gsm7 import outside_gsm7
from ivr.yml import compose

# What there is to tell about texts that are not there.
LACKING: Mapping[str, Entry] = {
    entry.code: entry
    for entry in (
        Entry(
            "minimum", "Without these a caller would hear two languages in one breath, or no words in danger, so the "
            "language is not on the line.", Gravity.ERROR, "Every phrase, the safety texts, the name of every choice.",
            "A25.",
        ),
        Entry(
            "stale", "The original has changed: what is still translated is last year's advice. It is not served, and "
            "where it is needed the whole language is not.", Gravity.ERROR, 'No text marked "fuzzy".', "A25.",
        ),
        Entry(
            "untranslated", "Somebody with little English hears that this part exists in English only.", Gravity.WARNING,
            "Every text.", "A25.",
        ),
    )
}  # fmt: skip
# The worst first. Errors are what keeps a language off the line, and texts that are too long.
ORDER = (
    "minimum", "values", "stale", *(code for code in {**RULES, **translation.RULES} if code != "values"),
    "untranslated",
)  # fmt: skip
_KEEPS_OFF = frozenset({"minimum", "values", "stale"})
# What mends a text that cannot be divided as the original can.
_MENDS = {
    "part-long": "Say it in fewer words: a part of the original is one part in every language.",
    "option-long": "Keep the words by which a caller knows the topic, where the language allows.",
}


def judge(sheet: Sheet, draft: Draft, root: Path) -> tuple[Problem, ...]:
    """Everything that is wrong with a language, the worst first; paths are shown from `root`.

    `draft` is the sheet as the rules of the original are given it.
    """
    lacking = [*_lacking(sheet, root), *_untranslated(sheet, root)]
    return tuple(sorted((*lacking, *_broken(sheet, draft, root)), key=_rank))


def keeps_off(problem: Problem) -> bool:
    """Whether what `judge` found keeps the whole language off the line; a text that is too long is heard all the same."""
    return problem.gravity is Gravity.ERROR and problem.code in _KEEPS_OFF


def _rank(problem: Problem) -> tuple[bool, int, bool, str, int]:
    beside = problem.code == "minimum" and not problem.text.startswith(f"{URGENT}")
    return problem.gravity is Gravity.WARNING, ORDER.index(problem.code), beside, problem.path, problem.line


def _lacking(sheet: Sheet, root: Path) -> Iterator[Problem]:
    """The texts of the minimum that are not there, and every stale one."""
    for row in sheet.rows:
        context, text = row.message.context, _shortened(row.message.text)
        if row.entry.stale:
            heard = "the language is not on the line" if row.needed else "it is not served"
            yield _problem(
                row, root, "stale", f"{context}: the original has changed to {text!r}, so {heard}.",
                f'Compare it with "{MADE_FOR} …" above, correct it, and take the mark "fuzzy" away.',
                Gravity.ERROR if row.needed else Gravity.WARNING,
            )  # fmt: skip
        elif not row.entry.text and row.needed:
            yield _problem(
                row, root, "minimum", f"{context}: {text!r} is not translated.",
                "Translate it: without it the language is not on the line.", Gravity.ERROR,
            )  # fmt: skip


def _untranslated(sheet: Sheet, root: Path) -> Iterator[Problem]:
    """How many texts of each topic are missing beside the minimum."""
    by_topic: dict[str, list[Row]] = {}
    for row in sheet.rows:
        if not row.needed:
            by_topic.setdefault(row.message.context, []).append(row)
    for topic, rows in by_topic.items():
        if missing := [row for row in rows if not row.entry.text]:
            heard = "the general urgent text stands in for it"
            if not topic.startswith(URGENT):
                heard = (
                    "it is left out" if topic == LINE else "callers hear that it is in another language only"
                )
            yield _problem(
                missing[0], root, "untranslated",
                f"{topic}: {len(missing)} of {len(rows)} texts are not translated; until then {heard}.",
                "Translate them when you can.", Gravity.WARNING,
            )  # fmt: skip


def _broken(sheet: Sheet, draft: Draft, root: Path) -> Iterator[Problem]:
    """What the rules find in the translations that are there: the original's rules and those for translations."""
    findings = Findings(root)
    for code, rule in RULES.items():
        for fault in rule.find(draft):
            mend = _MENDS.get(code, fault.mend)
            findings.add(fault.path, fault.line, code, fault.text, mend, rule.translated)
    for code, check in translation.RULES.items():
        for fault in check.find(sheet):
            findings.add(fault.path, fault.line, code, fault.text, fault.mend, check.translated)
    long_as_sent = [prompt for topic, prompt in draft.written() if is_long_as_sent(topic, draft)]
    longer = {prompt.line("sms") for prompt in long_as_sent}
    if long_as_sent and outside_gsm7(draft.prompts[URGENT].fields.get("sms-line", "")):
        longer.add(draft.prompts[URGENT].line("sms-line"))
    for problem in findings.problems:
        summary = Path(problem.path).stem != PHRASE
        graver = problem.code == "sms-characters" and summary and problem.line in longer
        yield replace(problem, gravity=Gravity.ERROR) if graver else problem


def _problem(row: Row, root: Path, code: str, text: str, mend: str, gravity: Gravity) -> Problem:
    findings = Findings(root)
    findings.add(row.path, row.entry.line, code, text, mend, gravity)
    return findings.problems[0]


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39].rstrip()}…"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far one language is: shares in per cent of its texts, rounded down, so that 100 is all.

    `phrases` and `examples` are what its texts are understood by; `on_line` says whether it is served now and
    `why` in a sentence why not, or what it lacks.
    """

    code: str
    name: str
    said: int
    texted: int
    urgent: int
    reviewed: int
    phrases: int
    examples: int
    on_line: bool
    why: str


def cover(sheet: Sheet) -> Coverage:
    """Count what a language has. The line's own language has every text."""
    library, language = sheet.library, sheet.language
    own = language.code == library.line.language
    said, texted, urgent = (
        _share(rows, own)
        for rows in (
            [row for row in sheet.rows if row.message.channel == "said"],
            [row for row in sheet.rows if row.message.channel == "texted"],
            [row for row in sheet.rows if row.message.context.split(".")[0] == URGENT],
        )
    )
    lacking = 0 if own else sum(not row.served for row in sheet.rows)
    why = f"{lacking} texts are not translated yet" if lacking else ""
    if language.code in library.waiting:
        why = _why_waiting(language, library.waiting[language.code])
    elif not language.reviewed_by:
        why = f"{why}; nobody has reviewed it" if why else "nobody has reviewed it"
    return Coverage(
        language.code, language.name, said, texted, urgent, 100 if language.reviewed_by else 0,
        count_phrases(sheet.folder / "understanding.yaml"), count_examples(sheet.folder / "examples.jsonl"),
        language.code in library.editions, why,
    )  # fmt: skip


def _share(rows: list[Row], own: object) -> int:
    return 100 if own or not rows else 100 * sum(bool(row.served) for row in rows) // len(rows)


def waiting(library: Library, languages: Mapping[str, Language]) -> tuple[str, ...]:
    """A line for each language that is not on the line, with the reason."""
    return tuple(
        f"{languages[code].name} ({code}) is not on the line: {_why_waiting(languages[code], lacking)}."
        for code, lacking in library.waiting.items()
    )


def _why_waiting(language: Language, lacking: int) -> str:
    if lacking:
        texts = "1 text that it must have is" if lacking == 1 else f"{lacking} texts that it must have are"
        return f"{texts} not translated; python -m ivr check --language {language.code} says which"
    return (
        f"nobody has reviewed it; fill in reviewed_by in its language.toml, or name {language.code} in "
        "SERVE_UNREVIEWED"
    )


def count_phrases(path: Path) -> int:
    """How many phrases and keywords a word list has for dangers and topics. It must be sound."""
    root = compose(path.read_text(encoding="utf-8-sig")) if path.is_file() else None
    fields = root.value if isinstance(root, yaml.MappingNode) else []
    return sum(_count(value) for name, value in fields if name.value in ("urgent", "topics"))


def _count(node: yaml.Node) -> int:
    match node:
        case yaml.MappingNode():
            return sum(_count(value) for _, value in node.value)
        case yaml.SequenceNode():
            return sum(map(_count, node.value))
        case _:
            return bool(node.value)


def count_examples(path: Path) -> int:
    """How many labelled messages a language has; one a line."""
    if not path.is_file():
        return 0
    return sum(bool(line.strip()) for line in path.read_text(encoding="utf-8").splitlines())
