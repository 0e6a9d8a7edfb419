"""How a target's document is fetched, and nothing else. A probe is one file here; it reads no schema and tells nobody.

Each module with a kind of probe offers its class as `PROBE`: a pydantic model that is both the configuration block and
the probe. `monitor.plugins` finds them.
"""
