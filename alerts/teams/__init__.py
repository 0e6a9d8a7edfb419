"""A page as an Adaptive Card."""
