"""SOAP services: WSDL 1.1 with its XML Schema, in one model, and what changed in it."""
