"""The two ways reading a schema can fail. Both say what, where and what to do."""


class SchemaError(Exception):
    """The base of everything `schemas` raises on purpose. Its text is one line, fit for a terminal and free of secrets."""


class Unreadable(SchemaError):
    """A document was served, but is not to be understood: not JSON, cut short, too deep, not the format it is said to be.

    `where` is a JSON pointer, `line N, column M`, or empty when the document as a whole is meant.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what = what
        self.where = where
        self.hint = hint
        super().__init__("".join((what, f" at {where}" if where else "", f"; {hint}" if hint else "")))


class UnknownFormat(SchemaError):
    """No registered format recognises the document, or the named one does not exist; the text lists the valid names."""
