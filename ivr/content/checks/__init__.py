"""What every text must pass before it goes on the line. Each rule is a function with the harm it prevents."""

from collections.abc import Mapping

from ivr.content.checks import noticed, spoken, texted
from ivr.content.checks.rule import Draft, Rule
from ivr.problems import Findings

RULES: Mapping[str, Rule] = {
    "notice-characters": noticed.check_characters,
    "notice-long": noticed.check_said,
    "notice-sms-long": noticed.check_texted,
    "option-long": spoken.check_option,
    "part-long": spoken.check_part,
    "safety-long": spoken.check_safety,
    "sms-characters": texted.check_characters,
    "sms-helpline": texted.check_helpline,
    "sms-line-long": texted.check_line_length,
    "sms-long": texted.check_length,
}


def run(draft: Draft, findings: Findings) -> None:
    """Apply every rule to `draft`; each breach goes to `findings` under the rule's id."""
    for code, rule in RULES.items():
        for fault in rule(draft):
            findings.add(fault.path, fault.line, code, fault.text, fault.mend)
