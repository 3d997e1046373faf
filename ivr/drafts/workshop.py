"""Where texts are edited: the draft of a line, the base below it, and what is wrong with the two together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ivr.config import Settings
from ivr.drafts.draft import Base, Change, Draft, laid
from ivr.drafts.files import DraftError, clash, refuse, sha_of, tidied
from ivr.drafts.folders import write_into
from ivr.drafts.judge import Judge, Judgement
from ivr.drafts.table import DraftTable
from ivr.outbox.database import Database
from ivr.versions.archive import Files, read_folders
from ivr.versions.opening import supply_of
from ivr.versions.publishing import CheckWords

# Seconds that the database may take: whoever edits would rather wait than lose a text.
PATIENCE = 8.0
# Files that a draft holds at most: some 20 times what is shipped, and no more than a page can list.
MOST = 2000


@dataclass(frozen=True, slots=True)
class Edit:
    """One file as somebody wants it: `data` is None where it is to go.

    `over` names the content that they began with, `base` what the base had then.
    """

    path: str
    data: bytes | None
    over: str
    base: str
    who: str


class Workshop:
    """The draft of one line. Every method may raise DatabaseDownError, and VersionError where the base is gone."""

    def __init__(self, settings: Settings, check_words: CheckWords) -> None:
        self.settings, self.check_words = settings, check_words
        self.supply = supply_of(settings, PATIENCE)
        self.database = Database(settings.database_url, PATIENCE)
        self._table = DraftTable(self.database)
        self._judge = Judge(settings, check_words)

    @property
    def publishes(self) -> bool:
        """Whether versions are published here; else a draft goes into the folders, which are live as they are."""
        return self.settings.production

    def base(self) -> Base:
        """What a draft is laid upon now: the live version, and the folders where there is none."""
        if self.publishes and (recent := self.supply.pointer.recent(1)):
            return Base(self.supply.files(recent[0].version), recent[0])
        return Base(read_folders(self.settings.prompts, self.settings.locales))

    def count(self) -> int:
        """How many files are being edited."""
        return self._table.count()

    def draft(self) -> Draft:
        """The draft as it is now."""
        base = self.base()
        if base.live:
            self._judge.trust(base.files)
        return Draft(base, self._table.read())

    def judge(self, files: Files) -> Judgement:
        """What is wrong with `files`."""
        return self._judge.judge(files)

    def save(self, edit: Edit) -> bool:
        """Put one file into the draft; False, and nothing is written, where it is another by now.

        Raises DraftError for a file that a draft cannot hold.
        """
        return not self.save_all([edit])

    def save_all(self, edits: Iterable[Edit]) -> list[str]:
        """Put files into the draft; the paths of those that are others by now, which stay as they are.

        Raises DraftError, and writes nothing, where a draft cannot hold one of them.
        """
        edits = list(edits)
        for edit in edits:
            if reason := refuse(edit.path, len(edit.data or b"")):
                raise DraftError(f"{edit.path} was not taken: {reason}")
        kept, files = self._table.read(), self.base().files
        if len(kept.keys() | {edit.path for edit in edits}) > MOST:
            raise DraftError(f"The draft would hold over {MOST} files, which is the most. Publish it first.")
        becomes = {path: one.data for path, one in kept.items()} | {edit.path: edit.data for edit in edits}
        after = laid(files, becomes)
        for edit in edits:
            if edit.data is not None and (reason := clash(edit.path, after)):
                raise DraftError(f"{edit.path} was not taken: {reason}")
        return [
            edit.path
            for edit in edits
            if not self._table.put(
                Change(edit.path, edit.data, edit.base, edit.who, 0.0),
                edit.over,
                sha_of(files.get(edit.path)),
            )
        ]

    def take_back(self, changes: Iterable[Change]) -> int:
        """Forget the changes as they were shown; how many there were. A newer one stays."""
        return self._table.drop((one.path, one.sha) for one in changes)

    def sweep(self) -> None:
        """Forget the changes that say what the base says by now."""
        draft = self.draft()
        self.take_back(one for path, one in draft.kept.items() if path not in draft.changes)

    def write_folders(self, base: Base, changes: Mapping[str, bytes | None]) -> None:
        """Write the changes into the folders. Raises DraftError, also where a file is no more as in `base`."""
        now = self.base().files
        if moved := [path for path in changes if now.get(path) != base.files.get(path)]:
            raise DraftError(
                f"{', '.join(moved)}: changed in the folder a moment ago. Nothing was written: look at it again."
            )
        write_into(self.settings.prompts, self.settings.locales, changes)


def edited(draft: Draft, path: str, text: str) -> Files:
    """The files of the draft with `text` at `path`."""
    return laid(draft.files, {path: tidied(text).encode()})
