"""How a target's document is fetched, and nothing else. A probe is one file here; it reads no schema and tells nobody."""
