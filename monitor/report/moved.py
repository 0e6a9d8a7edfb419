"""What an override of our own policy did to a level, in the same words everywhere."""

from __future__ import annotations

from schemas.change import Finding


def moved(finding: Finding) -> str:
    """Both levels, the reason, and the last day it holds where it has one; empty where no override moved the level.

    The reason is the configuration's own text: whoever prints it cleans or escapes it."""
    told = finding.adjusted
    if told is None:
        return ""
    end = f" (until {told.until:%Y-%m-%d})" if told.until is not None else ""
    return f"{finding.impact} by our policy, {told.was} by the rule: {told.because}{end}"
