"""The configuration of the demo: files like those of any user, with short times and loopback addresses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from monitor.demo.salesforce import App

CONFIGURATION = """\
# The configuration of the demo. `driftpager check --config {config}` judges it.

store: sqlite:///driftpager.db
web: {{listen: "{web}", url: "http://{web}"}}
probing: {{private_networks: true}}      # the vendors of the demo live on this machine

defaults: {{every: 1s, confirm_after: 2s}}    # a story in a minute; 15m and 60s are usual
noise: {{flap_hold: 1s}}                         # 15m is usual: what went and came again is held so long

integrations:
  salesforce-production:
    criticality: core
    owner: integration-engineering
    known_as: [Salesforce]           # what customers call it
    runbook: https://wiki.example.com/runbooks/salesforce
    vendor_contact: {{support: "https://help.salesforce.example", account: "org 00D000000000001"}}
    auth:
      kind: salesforce-jwt
      login: "{salesforce}"
      client_id: {client_id}
      user: {user}
      key: "file:secrets/salesforce.pem"
    targets:
      crm: {{kind: salesforce, api_version: "66.0", objects: [Account, Opportunity, Invoice__c], usage: {{soql: queries/*.soql}}}}

  larkfield:
    criticality: high
    owner: integration-engineering
    runbook: https://wiki.example.com/runbooks/larkfield
    vendor_contact: {{support: "https://help.larkfield.example"}}
    targets:
      api:
        kind: http
        url: "{payments}"
        format: openapi
        usage:
          operations: ["POST /v1/payments", "GET /v1/payments/{{id}}"]
          fields: [payment.status, payment.receipt_url]

customers:
  Alder Books: {{depends_on: [larkfield]}}
  Brightwater Foods:
    depends_on: [larkfield, salesforce-production]
    zone: Europe/London
    contact: ops@brightwater.example
    channel: zendesk
    updates: automatic               # once a person has taken it and said what it means
  Castle Hotels: {{depends_on: [larkfield]}}
  Dune Outdoor: {{depends_on: [larkfield, salesforce-production]}}
  Elm Street Dental: {{depends_on: [larkfield]}}

channels:
  pagerduty:
    kind: pagerduty
    routing_key: "file:secrets/routing-key"
    token: "file:secrets/token"
    webhook_secrets: ["file:secrets/webhook-secret"]
    base_url: "{pagerduty}"
    api_url: "{pagerduty}"
    ca_file: {authority}
  jira:                              # one issue an escalation
    kind: jira
    url: "{jira}"
    email: driftpager@example.com
    token: "file:secrets/token"
    project: OPS
    private: true
  slack-integrations:                # one message an escalation, with a thread
    kind: slack
    base_url: "{slack}/api"
    token: "file:secrets/token"
    channel: C0OPS
    signing_secrets: ["file:secrets/webhook-secret"]
    private: true
  zendesk:                           # what customers read
    kind: zendesk
    url: "{zendesk}"
    email: driftpager@example.com
    token: "file:secrets/token"
    private: true

matrix: {{file: escalation.yml}}
"""

ESCALATION = """\
# Who is paged, and who is next.

contacts:
  ana: {email: ana@example.com, slack: U1, zone: Europe/Berlin}
  ben: {email: ben@example.com, zone: America/New_York}

roles:
  integration-engineering: {contacts: [ana]}
  engineering-lead: {contacts: [ben]}

lanes:
  integrations:
    mode: primary
    levels: [{role: integration-engineering}, {role: engineering-lead}]
    channels: [pagerduty]

rules:
  - {when: {impact: breaking}, lanes: [integrations]}
  - {when: {category: [blind, auth, withdrawn]}, lanes: [integrations]}

records: [jira, slack-integrations]

last_resort: ben
"""

QUERIES = {
    "accounts": "SELECT Id, Name, Type, Industry, BillingCountry FROM Account",
    "deals": "SELECT Id, AccountId, StageName, Amount, CloseDate FROM Opportunity WHERE IsWon = true",
    "invoices": "SELECT Id, Account__c, Status__c, Total__c FROM Invoice__c",
}
"""What the sync asks Salesforce: from these files driftpager knows which fields matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where everything is: `web` as HOST:PORT, the others as URLs without a trailing slash, `authority` as a PEM file."""

    web: str
    salesforce: str
    payments: str
    pagerduty: str
    jira: str
    slack: str
    zendesk: str
    authority: Path


def write(folder: Path, addresses: Addresses, app: App, *, routing_key: str, token: str, signing: str) -> Path:
    """Write the files and their secrets; gives the configuration's path. `folder / "secrets"` is there already."""
    config = folder / "driftpager.yml"
    text = CONFIGURATION.format(
        config=config,
        web=addresses.web,
        salesforce=addresses.salesforce,
        payments=addresses.payments,
        pagerduty=addresses.pagerduty,
        jira=addresses.jira,
        slack=addresses.slack,
        zendesk=addresses.zendesk,
        authority=json.dumps(str(addresses.authority)),
        client_id=app.client_id,
        user=app.user,
    )
    config.write_text(text, encoding="utf-8")
    (folder / "escalation.yml").write_text(ESCALATION, encoding="utf-8")
    (folder / "queries").mkdir()
    for name, query in QUERIES.items():
        (folder / "queries" / f"{name}.soql").write_text(f"{query}\n", encoding="utf-8")
    hidden = {"salesforce.pem": app.private_key, "routing-key": routing_key, "token": token, "webhook-secret": signing}
    for name, secret in hidden.items():
        file = folder / "secrets" / name
        file.touch(mode=0o600)
        file.write_text(secret, encoding="utf-8")
    return config
