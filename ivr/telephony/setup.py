"""What the operator sets at the carrier, in the order of its pages."""

from ivr.config import Settings

# Twilio's connection overrides, in the part of a webhook's address after the hash: try again three times,
# for every kind of failure, before the fallback is asked.
RETRIES = "#rc=3&rp=all"
DESTINATIONS = ("United Kingdom", "Guernsey", "Jersey", "Isle of Man")


def carrier_setup(settings: Settings, help_text: str, stop_text: str, start_text: str) -> str:
    """Everything to be set at the carrier, as a page to read from; the three texts answer its own words."""
    url = settings.public_url
    return f"""\
What to set at the carrier for {settings.number}
(In Twilio's console; other carriers call these things alike.)

1. Phone numbers > the number > Voice
   A call comes in         Webhook, HTTP POST   {url}/voice{RETRIES}
   Primary handler fails   a TwiML Bin with the output of: python -m ivr fallback
                           (not {url}/voice/fallback, which is down when the host is)
2. Phone numbers > the number > Messaging
   A message comes in      Webhook, HTTP POST   {url}/sms{RETRIES}
   Primary handler fails   a TwiML Bin with the output of: python -m ivr fallback --sms
3. Messaging > Services > the service of this number > Opt-out management
   The carrier answers these words itself, so put these texts there:
   HELP, INFO              {help_text}
   STOP and its kin        {stop_text}
   START, UNSTOP, YES      {start_text}
4. Messaging > Settings > Geo permissions: allow only
   {", ".join(DESTINATIONS)}
5. Messaging > Settings > General: no link shortening, no click tracking.
   Texts that the line sends on its own report back to {url}/sms/status by themselves.
6. Voice > Settings > Geo permissions: allow only the country of the helpline's number.

Then call the number, press 0, and text it HELP.
"""
