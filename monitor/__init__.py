"""The shell: configuration, store, planner, loops, web, CLI and metrics. The only package that wires the others together."""
