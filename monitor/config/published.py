"""What a vendor publishes of the answers that we sample, from the file that the configuration names."""

from __future__ import annotations

from monitor.config.problem import Problem
from monitor.config.tree import Entries
from probes.probe import Probe
from probes.sample import SampleProbe
from schemas.errors import SchemaError

MAX_BYTES = 64 * 1024 * 1024


def published_of(probe: Probe, node: Entries, problems: list[Problem]) -> bytes:
    """The schema of the probe's answers, as a `Lens` takes it; empty where none is named. `node` is the target's block."""
    if not isinstance(probe, SampleProbe) or probe.published is None:
        return b""
    from schemas import text  # few configurations name one
    from schemas.document import Document
    from schemas.samples.published import dumped, is_description, published_in

    path, mark = probe.published, node.entries.get("published", node).mark
    try:
        if path.stat().st_size > MAX_BYTES:
            problems.append(
                Problem(mark=mark, text=f"{path} holds more than {MAX_BYTES} bytes", hint="cut it down to the answer")
            )
            return b""
        root = text.parse(Document(content=path.read_bytes(), source=path.name))
        if not isinstance(root, dict):
            problems.append(Problem(mark=mark, text=f"{path} is neither a JSON Schema nor an API description"))
            return b""
        published = published_in(root, frozenset({probe.operation} if probe.operation is not None else ()))
        if probe.operation is not None and not is_description(root):
            hint = "leave `operation` out, or name the description"
            problems.append(Problem(mark=mark, text=f"{path} is a JSON Schema and has no operations", hint=hint))
        return dumped(published)
    except OSError as error:
        problems.append(Problem(mark=mark, text=f"{path} cannot be read: {error.strerror}"))
    except SchemaError as error:
        problems.append(Problem(mark=mark, text=f"{path}: {error}"))
    return b""
