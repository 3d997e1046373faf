"""The command `stats`: how the line was used."""

import json
import os
from datetime import timedelta

import click

from ivr.config import read_settings
from ivr.shelf import load
from ivr.tally.counter import Counter
from ivr.tally.report import By, Table, Use, names_of, read_use, say
from ivr.tally.tables import tables, write_csv
from ivr.web.desk.outline import price_of


@click.command()
@click.option(
    "--days", type=click.IntRange(1, 1830), default=30, show_default=True, help="So many days up to today."
)
@click.option("--language", default="", help="What was counted in one language alone.")
@click.option(
    "--by",
    type=click.Choice(list(By)),
    default=By.DAY,
    show_default=True,
    help="How long each row of days is.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--csv", "as_csv", is_flag=True, help="Lines for a spreadsheet.")
def stats(days: int, language: str, by: str, *, as_json: bool, as_csv: bool) -> None:
    """Say how the line was used: calls, languages, topics, the helpline, urgent guidance, texts and their cost.

    \b
    Example: python -m ivr stats --days 7
             python -m ivr stats --language pl --csv > use.csv
    Every number is rounded down to whole fives; "under 5 each" is none, or fewer than 5 in each language.
    """
    if as_json and as_csv:
        raise click.UsageError("Give --json or --csv, not both.")
    settings = read_settings(os.environ)
    library, languages = load(settings.prompts, settings.locales, settings.unreviewed)
    if language and language not in library.editions:
        raise click.UsageError(
            f"There is no language {language!r}; there are: {', '.join(library.editions)}."
        )
    called = {code: languages[code].name for code in library.editions}
    names = names_of(library, called, lambda parts: price_of(library.line, parts))
    book = Counter(settings.database_url).archive
    today = book.today()
    use = read_use(book, today - timedelta(days=days - 1), today)
    made = tables(use, names, By(by), language)
    if as_json:
        click.echo(json.dumps(_as_object(made, use), ensure_ascii=False, indent=1))
    elif as_csv:
        click.echo(write_csv(made, use), nl=False)
    else:
        click.echo(_as_text(made, use))


def _as_object(made: tuple[Table, ...], use: Use) -> dict[str, object]:
    """A number is a number where it is shown, and "under 5 each" where it is not."""
    return {
        "from": use.first.isoformat(),
        "to": use.last.isoformat(),
        "tables": {
            table.key: [
                {"row": row.key, "name": row.label}
                | {what: value or say(value) for what, value in zip(table.head[1:], row.values, strict=True)}
                | ({"Cost": row.money} if row.money and row.values[0] else {})
                for row in table.rows
            ]
            for table in made
        },
    }


def _as_text(made: tuple[Table, ...], use: Use) -> str:
    lines = [f"From {use.first} to {use.last}"]
    for table in made:
        if table.is_empty:
            continue
        lines += ["", table.title]
        rows = [row for row in table.rows if any(row.values)]
        cells = [
            [row.label, *map(say, row.values), *([row.money] if row.money and row.values[0] else [])]
            for row in rows
        ]
        cells.insert(0, list(table.head))
        widths = [max(len(line[i]) for line in cells if i < len(line)) for i in range(max(map(len, cells)))]
        for line in cells:
            numbers = [f"{value:>{widths[i]}}" for i, value in enumerate(line[1:], 1)]
            lines.append("  " + "  ".join([f"{line[0]:{widths[0]}}", *numbers]).rstrip())
    return "\n".join(
        lines if len(lines) > 1 else [*lines, "There is no number to show: few or none called and texted."]
    )
