"""OData metadata, versions 2 to 4.01 as XML or JSON: one model, and what changed in it."""
