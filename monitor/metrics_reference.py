"""The reference of all metrics, written from the metrics themselves: `python -m monitor.metrics_reference > docs/metrics.md`."""

from __future__ import annotations

import sys

from prometheus_client.metrics import MetricWrapperBase

from monitor.metrics import Metrics

HEAD = """# Metrics

Everything on `/metrics`, beside the usual `process_*`. Names are stable; base units throughout. Labels come from closed sets or
from the configuration's own names, and every series stands at zero from the start. Written by
`python -m monitor.metrics_reference`.

| metric | type | labels | what it tells |
| --- | --- | --- | --- |
"""


def reference() -> str:
    """The page, by name."""
    found = [each for each in vars(Metrics()).values() if isinstance(each, MetricWrapperBase)]
    return HEAD + "".join(sorted(_row(each) for each in found))


def _row(metric: MetricWrapperBase) -> str:
    (family,) = metric.describe()
    name = f"{family.name}_total" if family.type == "counter" else family.name
    labels = ", ".join(f"`{label}`" for label in metric._labelnames)  # the library offers no other way to ask
    return f"| `{name}` | {family.type} | {labels} | {family.documentation} |\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
