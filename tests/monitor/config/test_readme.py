"""The configuration in the README is one that runs."""

from __future__ import annotations

import re
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from monitor.config import load

README = Path(__file__).parents[3] / "README.md"


def test_the_configuration_in_the_readme_is_fit_to_run(tmp_path: Path) -> None:
    main, escalation = re.findall(r"```yaml\n# (?:driftpager|escalation)\.yml\n(.*?)```", README.read_text(), re.DOTALL)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "sf.pem").write_bytes(pem)
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "sync.soql").write_text("SELECT Industry FROM Account")
    (tmp_path / "driftpager.yml").write_text(main.replace("file:/run/secrets/sf.pem", f"file:{tmp_path}/sf.pem"))
    (tmp_path / "escalation.yml").write_text(escalation)
    environ = {"SF_LOGIN": "https://org.example.com", "SF_CLIENT_ID": "id", "PD_ROUTING_KEY": "0" * 32, "PD_TOKEN": "token"}

    config = load(tmp_path / "driftpager.yml", environ)

    assert [target.name for target in config.targets] == [
        "salesforce-production/crm/Account",
        "salesforce-production/crm/Opportunity",
        "salesforce-production/crm/Invoice__c",
        "payments/api",
    ]
