"""What every text must pass before it goes on the line. Each rule is a function with the harm it prevents."""

from collections.abc import Mapping

from ivr.content.checks import leaflet, noticed, spoken, texted, worded
from ivr.content.checks.rule import Draft, Rule
from ivr.problems import Findings, Gravity

# In the order in which a language's faults are told: what is too long first, then what is missing, then words.
RULES: Mapping[str, Rule[Draft]] = {
    **texted.RULES,
    **spoken.RULES,
    **noticed.RULES,
    **leaflet.RULES,
    **worded.RULES,
}


def run(draft: Draft, findings: Findings, gravity: Gravity) -> None:
    """Apply every rule of this gravity to `draft`; each breach goes to `findings` under the rule's id."""
    for code, rule in RULES.items():
        if rule.gravity is gravity:
            for fault in rule.find(draft):
                findings.add(fault.path, fault.line, code, fault.text, fault.mend, gravity)
