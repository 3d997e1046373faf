"""Charts of the desk: a table's first column as bars, drawn on the server, without script and in the page's colours."""

from collections.abc import Sequence
from itertools import count
from math import ceil
from typing import Any, Final
from xml.etree import ElementTree as ET

from markupsafe import Markup

from ivr.tally.report import Row, Table, say

# Units of the drawing, of which a page that is wide enough makes pixels.
_HEIGHT: Final = 240
_BAR: Final = 26
_FRAME: Final = 60
_LETTER: Final = 8
_MOST_TICKS: Final = 5


def draw(table: Table, id_: str, width: int, *, upright: bool) -> Markup:
    """The chart of `table` in SVG, with `id_` before the ids in it; `upright` for rows that are days.

    It takes its colours from the desk's style sheet, so that it is right in the dark and on paper, and names itself
    for those who do not see it; the numbers stand in the table beside it.
    """
    # 2.5 MB, for who looks at charts.
    from leather import Chart  # noqa: PLC0415 - see above

    rows = {row.key: row for row in table.rows}
    values = [(row.values[0], key) for key, row in rows.items()]
    ticks = _ticks(max(value for value, _ in values))
    chart = Chart()
    if upright:
        height = _HEIGHT
        chart.add_columns([(key, value) for value, key in values])
        chart.add_y_scale(0, ticks[-1])
        chart.add_y_axis(ticks=ticks, tick_formatter=_say_number)
        every = max(1, -(-len(rows) * 9 * _LETTER // width))
        shown = [key for i, key in enumerate(rows) if i % every == 0]
        chart.add_x_axis(ticks=shown, tick_formatter=lambda key, *_: _say_day(rows[key]))
    else:
        height = len(rows) * _BAR + _FRAME
        chart.add_bars(values)
        chart.add_x_scale(0, ticks[-1])
        chart.add_x_axis(ticks=ticks, tick_formatter=_say_number)
        most = width // (3 * _LETTER)
        chart.add_y_axis(tick_formatter=lambda key, *_: _shorten(rows[key].label, most))
    group = chart.to_svg_group(width, height)
    ordered = list(rows.values()) if upright else list(reversed(rows.values()))
    _name_bars(group, ordered)
    return _framed(group, table, id_, width, height)


def _ticks(most: int) -> list[int]:
    """Whole numbers from 0 to at least `most`, a few, evenly spaced."""
    steps = (lead * 10**power for power in count() for lead in (5, 10, 20))
    step = next(step for step in steps if step * (_MOST_TICKS - 1) >= most)
    return list(range(0, max(step, ceil(most / step) * step) + 1, step))


def _say_number(value: int, *_: Any) -> str:
    return str(value)


def _say_day(row: Row) -> str:
    """A row's first day without its year: 2 Nov."""
    words = row.label.split(" to ")[0].split()
    return " ".join(words[1:3] if len(words) == 4 else words[:2])


def _shorten(label: str, most: int) -> str:
    return label if len(label) <= most else f"{label[: most - 1].rstrip()}…"


def _name_bars(group: ET.Element, rows: Sequence[Row]) -> None:
    series = next(each for each in group.iter("g") if "series" in each.get("class", ""))
    for bar, row in zip(series, rows, strict=True):
        bar.attrib.pop("fill")
        bar.set("class", "bar")
        ET.SubElement(bar, "title").text = f"{row.label}: {say(row.values[0])}"


def _framed(group: ET.Element, table: Table, id_: str, width: int, height: int) -> Markup:
    background = next(group.iter("rect"))
    group.remove(background)
    # The library leaves a twentieth of the width free on every side; the last label needs some of it on the right.
    margin = round(width / 20) - _LETTER
    box = (margin, margin, width - margin + _LETTER, height - 2 * margin)
    attributes = {
        "xmlns": "http://www.w3.org/2000/svg", "role": "img", "viewBox": " ".join(map(str, box)), "class": "chart",
        "aria-labelledby": f"{id_}-title {id_}-desc",
    }  # fmt: skip
    svg = ET.Element("svg", attributes)
    ET.SubElement(svg, "title", id=f"{id_}-title").text = f"{table.title}: {table.head[1].lower()}"
    highest = max(table.rows, key=lambda row: row.values[0])
    ET.SubElement(svg, "desc", id=f"{id_}-desc").text = (
        f"The highest is {highest.label}: {say(highest.values[0])}. "
        "Every number is in the table that follows."
    )
    svg.append(group)
    for text in group.iter("text"):
        for name in ("fill", "font-family", "font-size"):
            text.attrib.pop(name, None)
    for line in group.iter("line"):
        line.attrib.pop("stroke", None)
    # The tree was built from data by a library that escapes it; nothing in it is anybody's markup.
    return Markup(ET.tostring(svg, encoding="unicode"))  # noqa: S704 - see above
