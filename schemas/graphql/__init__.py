"""GraphQL schemas: SDL and introspection in one typed form, parsed only where the two sides differ."""
