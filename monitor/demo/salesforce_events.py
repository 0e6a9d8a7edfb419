"""The schemas of platform events, as the org answers them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def schema_of(name: str, fields: Sequence[Any], *, compact: bool) -> dict[str, Any]:
    """Strict Avro where it is `compact`; else the event with its envelope, the replay id beside what it carries."""
    if compact:
        return {"name": name, "namespace": "com.sforce.eventbus", "type": "record", "fields": [*fields]}
    payload = {"type": "record", "name": "Payload", "doc": "", "fields": [*fields]}
    event = {"type": "record", "name": "Event", "fields": [{"name": "replayId", "type": "long"}]}
    inner = [{"name": "schema", "type": "string"}, {"name": "payload", "type": payload}, {"name": "event", "type": event}]
    data = {"type": "record", "name": "Data", "namespace": "", "fields": inner}
    outer = [{"name": "data", "type": data}, {"name": "channel", "type": "string"}]
    return {"name": name, "namespace": "com.sforce.eventbus", "type": "expanded-record", "fields": outer}
