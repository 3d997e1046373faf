"""Where the desk's pages for changing texts come together."""

from flask import Blueprint

from ivr.web.desk.editing import add_editing
from ivr.web.desk.exchange import add_exchange
from ivr.web.desk.noticing import add_noticing
from ivr.web.desk.publishing import add_publishing
from ivr.web.desk.workroom import Workroom, furnish


def add_work(desk: Blueprint, room: Workroom) -> None:
    """Add editing, publishing and undoing to the desk."""
    furnish(desk, room)
    for add in (add_editing, add_exchange, add_noticing, add_publishing):
        add(desk, room)
