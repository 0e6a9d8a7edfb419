"""Real local servers at the far end of each kind of channel, which take pages or fail on cue: one file a kind.

A module named after the kind has `far_end(tls)`, which serves and gives the `FarEnd`, and `at_port(port)`: what to change in the
channel's configuration so that it speaks to that port. That of a kind that keeps records also has `vendor()`, which serves the
vendor's stand-in.
"""

from __future__ import annotations

import importlib
import pkgutil
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from alerts.channels import Channel
from monitor.demo.serve import Tls
from tests.alerts.far_ends.far_end import SECONDS as SECONDS
from tests.alerts.far_ends.far_end import SECRETS as SECRETS
from tests.alerts.far_ends.far_end import SIGNING_SECRET as SIGNING_SECRET
from tests.alerts.far_ends.far_end import Cue as Cue
from tests.alerts.far_ends.far_end import FarEnd as FarEnd
from tests.alerts.far_ends.far_end import Vendor as Vendor

_MODULES = {found.name: importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)}

FAR_ENDS: dict[str, Callable[[Tls], AbstractAsyncContextManager[FarEnd]]] = {
    name.replace("_", "-"): module.far_end for name, module in _MODULES.items() if hasattr(module, "at_port")
}

VENDORS: dict[str, Callable[[], AbstractAsyncContextManager[Vendor]]] = {
    name.replace("_", "-"): module.vendor for name, module in _MODULES.items() if hasattr(module, "vendor")
}


async def nobody_listens(channel: Channel) -> Channel:
    """The same channel, with its far end gone."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    changes: dict[str, Any] = _MODULES[channel.kind.replace("-", "_")].at_port(port)
    gone: Channel = channel.model_copy(update=changes)  # type: ignore[attr-defined]  # because every channel is a pydantic model
    return gone
