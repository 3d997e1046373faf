"""Engines in order of preference: the next one speaks where one fails or does not know the language.

What somebody has recorded is preferred to every engine.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from ivr.dialogue.place import Pace
from ivr.languages import Language
from ivr.speech.engine import Engine, EngineError, SpeechError, Utterance
from ivr.speech.recordings import Recorded, Recordings
from ivr.speech.render import Maker, Renderer
from ivr.speech.store import Store

Choice = tuple[Utterance, ...]
"""One text at one pace as each engine that speaks its language would say it, the preferred one first."""


@dataclass
class ChainReport:
    """What `Chain.render` did.

    `failed` are without any sound now. `stand_ins` are spoken by another engine than the preferred one, whether
    made now or before. `reasons` say, an engine, why the first of its sounds failed.
    """

    made: int = 0
    kept: int = 0
    failed: list[tuple[Utterance, str]] = field(default_factory=list)
    stand_ins: list[Choice] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)


class Chain:
    """The recordings and engines of a line, the preferred one first, and the store that they share."""

    def __init__(self, engines: Sequence[Engine], store: Store, recordings: Recordings | None = None) -> None:
        self.store = store
        self._recordings = recordings
        renderers = [Renderer(engine, store) for engine in engines]
        recorded = [Recorded(recordings, store)] if recordings else []
        self._makers: dict[str, Maker] = {one.identity: one for one in [*recorded, *renderers]}
        self._engines = len(renderers)

    @property
    def has_preference(self) -> bool:
        """Whether one text can have several sounds."""
        return self._engines > 1 or bool(self._recordings and self._recordings.any)

    def refresh(self) -> None:
        """Take in which recordings there are now."""
        if self._recordings:
            self._recordings.refresh()

    def voiceless(self, languages: Collection[Language]) -> dict[str, list[str]]:
        """The languages that an engine has no voice for, by its name; engines that have all are left out."""
        found = {
            maker.name: [one.code for one in languages if not maker.engine.voice(one)]
            for maker in self._makers.values()
            if isinstance(maker, Renderer)
        }
        return {name: codes for name, codes in found.items() if codes}

    def choice(self, language: Language, pace: Pace, text: str) -> Choice:
        """Every way to say `text`; empty where no engine speaks the language."""
        ways = (maker.says(language, pace, text) for maker in self._makers.values())
        return tuple(way for way in ways if way)

    def name(self, utterance: Utterance) -> str:
        """Who speaks it, by the name that a setting gives them."""
        return self._makers[utterance.engine].name

    def speaks_here(self, utterance: Utterance) -> bool:
        """Whether the sound is made on this machine, so that it can be made while a caller waits."""
        return not self._makers[utterance.engine].only_ahead

    def make(self, utterance: Utterance) -> None:
        """Make one sound while a caller waits. Raises `SpeechError` where that needs the network."""
        if not self.speaks_here(utterance):
            raise SpeechError(
                f"{utterance.engine} speaks ahead of calls only. Run: python -m ivr render --upgrade"
            )
        self._makers[utterance.engine].make(utterance)

    def render(
        self,
        choices: Iterable[Choice],
        *,
        upgrade: bool = False,
        workers: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> ChainReport:
        """Give every text a sound: one engine after another makes what those before it could not.

        A recording is made even where an engine's sound is there. With `upgrade` a text that another engine stands
        in for is tried again too; what is there stays. Calls `progress(done, all)`. Raises `EngineError` when the last
        engine is gone, `StoreError` when the disk fails.
        """
        wanted = list({choice[0].key: choice for choice in choices if choice}.values())
        before = self.store.keys()
        there = set(before)
        report = ChainReport()
        failed: dict[str, str] = {}
        for identity, maker in self._makers.items():
            better = upgrade or isinstance(maker, Recorded)
            turn = [one for choice in wanted for one in _to_make(choice, identity, there, upgrade=better)]
            count = _counting(progress, len(wanted) - len(turn), len(wanted))
            try:
                done = maker.render(turn, workers, count)
                failed |= {utterance.key: reason for utterance, reason in done.failed}
            except EngineError as gone:
                if maker is list(self._makers.values())[-1]:
                    raise
                failed |= {utterance.key: str(gone) for utterance in turn}
            there = set(self.store.keys())
            reason = next((failed[one.key] for one in turn if one.key in failed and one.key not in there), "")
            if reason:
                report.reasons[maker.name] = reason
        for choice in wanted:
            found = next((one for one in choice if one.key in there), None)
            if found is None:
                report.failed.append((choice[-1], failed.get(choice[-1].key, "No engine made it.")))
                continue
            report.made += found.key not in before
            report.kept += found.key in before
            if found is not choice[0]:
                report.stand_ins.append(choice)
        return report


def _to_make(choice: Choice, identity: str, there: set[str], *, upgrade: bool) -> Choice:
    """What the engine has to say of a choice: nothing if that, or better, or without `upgrade` any, is there."""
    rank = next((at for at, one in enumerate(choice) if one.engine == identity), None)
    if rank is None:
        return ()
    good_enough = choice[: rank + 1] if upgrade else choice
    return () if any(one.key in there for one in good_enough) else (choice[rank],)


def _counting(
    progress: Callable[[int, int], None] | None, settled: int, total: int
) -> Callable[[int, int], None] | None:
    """The progress of one engine's turn as progress of the whole; `settled` are not its to make."""
    return progress and (lambda done, _all: progress(settled + done, total))
