"""What a machine that watches the line may read, in Prometheus' format."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from flask import Blueprint, Response

from ivr.sending import DatabaseDownError
from ivr.tally.report import read_use
from ivr.tally.veil import LEAST, begin_of
from ivr.watch.signs import OWED_TOO_LONG
from ivr.web.guards import Guard

TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_LABELS: Final = ("event", "language", "channel", "detail")


def make_metrics(
    guard: Guard, book: Callable[[], Any], owed: Callable[[], dict[str, int]], version: Callable[[], str]
) -> Blueprint:
    """`/metrics`: the counts of this quarter, the texts that are owed, and whether the database answers.

    `book()` is the book of counts, `owed()` the texts by state as Outbox.counts gives them, and `version()` what is
    live. What is shown of counts is what the desk shows of them (`ivr.tally.veil`): they grow by fives, and
    what has not come to five is left out, as what never happened is.
    """
    metrics = Blueprint("metrics", __name__)
    metrics.before_request(guard)

    @metrics.get("/metrics")
    def read() -> Response:
        from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415 - 6 MB, for who watches

        registry = CollectorRegistry()
        registry.register(_Collected(book, owed, version()))
        return Response(generate_latest(registry), content_type=TYPE)

    return metrics


class _Collected:
    """All that is measured at one moment: made for one answer, kept by nobody."""

    def __init__(self, book: Callable[[], Any], owed: Callable[[], dict[str, int]], version: str) -> None:
        self._book, self._owed, self._version = book, owed, version

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily  # noqa: PLC0415 - as above

        yield InfoMetricFamily(
            "ivr_live", "The version of the texts that new calls hear.", {"version": self._version}
        )
        try:
            families = [*self._texts(), *self._use()]
        except DatabaseDownError:
            families = []
        yield GaugeMetricFamily(
            "ivr_database_up", "1 where the database answers.", value=float(bool(families))
        )
        yield from families

    def _texts(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - as above

        counts = self._owed()
        age = counts["oldest_seconds"]
        yield GaugeMetricFamily(
            "ivr_texts_oldest_seconds",
            "Age of the oldest text that is owed, in whole minutes rounded up; 0 until it is late.",
            value=float(-(-age // 60) * 60) if age > OWED_TOO_LONG else 0.0,
        )
        open_now = counts["owed"] + counts["sending"]
        yield GaugeMetricFamily(
            "ivr_texts_owed",
            "Texts that are owed now, in whole fives.",
            value=float(open_now - open_now % LEAST),
        )

    def _use(self) -> Iterator[Any]:
        from prometheus_client.core import CounterMetricFamily  # noqa: PLC0415 - as above

        book = self._book()
        today = book.today()
        use = CounterMetricFamily(
            "ivr_use", "What was counted since the quarter began, in whole fives.", labels=_LABELS
        )
        for cell, amount in read_use(book, begin_of(today), today).cells():
            use.add_metric([cell.event.value, cell.language, cell.channel, cell.detail], float(amount))
        yield use
