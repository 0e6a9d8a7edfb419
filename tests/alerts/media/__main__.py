"""Writes them anew."""

from tests.alerts.media import FOLDER, an_escalation, in_every_medium, recorded

for name, text in in_every_medium(an_escalation(), recorded()).items():
    (FOLDER / name).write_text(text, "utf-8")
