"""What a change of a SOAP service means, where the rules about data do not say it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from schemas.rules.rule import row

RULES = (
    row("wsdl.operation.removed", "operation, port or binding gone", "B B", "the call is answered with a fault"),
    row(
        "wsdl.address-changed",
        "host or a path segment that is no version; soapAction",
        "B B",
        "calls go to the address and the action that were written down",
    ),
    row("wsdl.namespace-changed", "targetNamespace or qualification", "B B", "in another namespace it is another element"),
    row(
        "wsdl.occurs-changed",
        "occurrence tightened (req) or loosened (res)",
        "B B",
        "a validating receiver refuses what stands there too seldom or too often",
    ),
    row("wsdl.order-changed", "sequence order", "B B", "a sequence is read in its order"),
)

WAIVED: Mapping[str, str] = MappingProxyType(
    {
        "version in the address": "the label of the version is the vendor's; what it holds is compared",
        "type removed": "what is made of it has its finding; a type that nothing is made of travels nowhere",
        "operation, type or fault added": "nothing of ours names it",
        "header added": "headers are left out unless a service insists, and a description does not say which",
        "documentation, prefixes, order of definitions": "they say nothing to the wire",
    }
)
"""What may differ without a finding, and why."""
