"""The watch as the settings say."""

from urllib.parse import urlsplit

from ivr.config import Settings
from ivr.watch.health import Health
from ivr.watch.ledger import Ledger
from ivr.watch.look import Lookout
from ivr.watch.seen import Notes
from ivr.watch.watcher import Roles, Telling, Watcher
from ivr.watch.ways import Hook, Log, Mail, Way


def telling_of(settings: Settings) -> Telling:
    """How the line tells."""
    ways: list[Way] = [Log()]
    if settings.alert_mail_to:
        ways.append(Mail(settings.smtp_url, settings.alert_mail_from, settings.alert_mail_to))
    if settings.alert_webhook:
        ways.append(Hook(settings.alert_webhook))
    desk = (
        f"{settings.public_url}/desk/line" if settings.desk_password_hash or not settings.production else ""
    )
    return Telling(ways, urlsplit(settings.public_url).hostname or "", desk, settings.alert_hour)


def watcher_of(settings: Settings, notes: Notes, lookout: Lookout, pulses: Roles) -> Watcher:
    """The watcher of one process; `pulses` has its roles."""
    return Watcher(Ledger(settings.database_url), notes, lookout, telling_of(settings), pulses)


def health_of(settings: Settings) -> Health:
    """Whoever is asked how the line is."""
    return Health(Ledger(settings.database_url), telling_of(settings))
