"""Avro schemas, and the Avro-like ones that Salesforce describes its events in."""
