"""What the folders would need to hold the live version, and what somebody would lose by it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ivr.versions.archive import Files


@dataclass(frozen=True, slots=True)
class Pull:
    """The files that differ, as they are to become; None takes one away. `own` are those whose present text was
    never published, and would be lost."""

    changes: Mapping[str, bytes | None]
    own: frozenset[str]

    @property
    def safe(self) -> Mapping[str, bytes | None]:
        """The changes by which nothing is lost."""
        return {path: data for path, data in self.changes.items() if path not in self.own}


def plan_pull(here: Files, live: Files, before: Iterable[Files]) -> Pull:
    """What makes of the files `here` the `live` ones. `before` are earlier versions, read only as far as needed.

    A file that says what some version said is known, whichever that was; any other has been edited here.
    """
    paths = sorted({**here, **live})
    changes = {path: live.get(path) for path in paths if here.get(path) != live.get(path)}
    own = {path for path in changes if path in here}
    for version in before if own else ():
        own -= {path for path in own if version.get(path) == here[path]}
        if not own:
            break
    return Pull(changes, frozenset(own))
