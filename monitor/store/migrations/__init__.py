"""The history of the schema, applied when the store is opened. How to add to it stands in `versions`."""
