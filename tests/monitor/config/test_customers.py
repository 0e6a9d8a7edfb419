"""Customers, in the configuration and in a CSV file: the same settings, the same checks, each mistake with its line."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.customer import Customer, Terms
from alerts.delays import parse_delay
from monitor.config import Config, ConfigError, load

HEAD = """\
channels:
  pages: {kind: pagerduty, routing_key: "env:KEY"}
  mail: {kind: email, host: localhost, tls: none, sender: drift@example.com}
  support: {kind: zendesk, url: "https://example.zendesk.com", token: "env:KEY"}
integrations: {crm: {}, pay: {}}
matrix:
  contacts: {ana: {email: ana@example.com}}
  lanes: {sync: {levels: [{contact: ana}]}}
  last_resort: ana
"""
LINES = HEAD.count("\n")
Load = Callable[..., Config]


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    def load_text(text: str, rows: str | bytes | None = None) -> Config:
        if rows is not None:
            (tmp_path / "customers.csv").write_bytes(rows if isinstance(rows, bytes) else rows.encode())
        (tmp_path / "driftpager.yml").write_text(HEAD + text)
        return load(tmp_path / "driftpager.yml", {"KEY": "a" * 32})

    return load_text


def wrong(loaded: Load, *args: str | bytes) -> list[str]:
    """What is wrong, without the folder."""
    with pytest.raises(ConfigError) as refused:
        loaded(*args)
    return [str(problem).replace(f"{Path(problem.mark.file).parent}/", "") for problem in refused.value.problems]


ACME = Customer(
    name="ACME Corp.",
    tier="gold",
    high_value=True,
    zone="Asia/Tokyo",
    contact="ops@acme.example",
    channel="mail",
    automatic=True,
    terms=Terms(update=parse_delay("1h"), resolve=parse_delay("4 business hours")),
    depends_on=("crm", "pay:Refund.reason"),
)
WRITTEN = """
  ACME Corp.:
    {tier: gold, high_value: true, zone: Asia/Tokyo, contact: ops@acme.example, channel: mail, updates: automatic,
     sla: {update: 1h, resolve: 4 business hours}, depends_on: [crm, "pay:Refund.reason"]}
"""
ROWS = (
    "Name,tier,HIGH_VALUE,zone,contact,channel,updates,sla_update,sla_resolve,depends_on\r\n"
    'ACME Corp.,gold,yes,Asia/Tokyo,ops@acme.example,mail,automatic,1h,4 business hours,"crm; pay:Refund.reason"\r\n'
    ",,,,,,,,,\r\n"
    '"Globex, Inc.",,,,,,,,,\r\n'
)
FILE = "customers: {file: customers.csv}\n"


def test_a_customer_is_the_same_from_the_configuration_and_from_a_sheet(loaded: Load) -> None:
    assert loaded(f"customers:{WRITTEN}").customers == (ACME,)
    assert loaded(FILE, ROWS).customers == (ACME, Customer(name="Globex, Inc."))


@pytest.mark.parametrize(
    "rows", ["\ufeff" + ROWS, ROWS.replace("; pay", "|pay").replace(",", ";").replace('"Globex; ', '"Globex, ')]
)
def test_a_sheet_is_read_as_the_usual_programs_save_it(loaded: Load, rows: str) -> None:
    assert loaded(FILE, rows).customers[0] == ACME


def test_customers_of_both_stand_side_by_side_and_each_name_once(loaded: Load) -> None:
    both = "customers:\n  file: customers.csv\n  Initech: {}\n"
    assert [each.name for each in loaded(both, "name\nACME\n").customers] == ["Initech", "ACME"]
    assert wrong(loaded, both, "name\nInitech\n") == ["customers.csv:2:1: the customer 'Initech' is named twice"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("name,tear\nACME,gold\n", "1:1: unknown column 'tear'; did you mean 'tier'?"),
        ("tier\ngold\n", "1:1: the column 'name' is missing"),
        ("name,name\na,b\n", "1:1: the column 'name' stands there twice"),
        ("name,tier\nACME\n", "2:1: has 1 cells where the header has 2"),
        ("name,zone\n\nACME,Berlin\n", "3:1: 'zone': 'Berlin' is no time zone; did you mean 'Europe/Berlin'?"),
        ("name,depends_on\nACME,crn\n", "2:1: 'ACME' depends on 'crn', which is no integration; did you mean 'crm'?"),
        ("name,sla_update\nACME,soon\n", "2:1: 'update': 'soon' is no delay"),
        ('name,tier\n"ACME\nCorp",gold\n', "2:1: 'ACME\\nCorp' is no name of a customer; at most 120 characters, no /"),
        ("name\nACME\nACME\n", "3:1: the customer 'ACME' is named twice"),
        ('name\n"ACME\n', "2:1: is not CSV: unexpected end of data"),
        (b"name\nM\xfcller\n", "2:1: is not UTF-8 text; save the file as CSV UTF-8"),
        ("name,channel\nACME,mial\n", "2:1: there is no channel 'mial'; did you mean 'mail'?"),
        ("name,channel\nACME,mail\n", "2:1: 'ACME' is told by e-mail and has no contact"),
        ("name,channel,contact\nACME,mail,nobody\n", "2:1: 'ACME' is told by e-mail and has no address: 'nobody'"),
        (
            "name,channel,contact\nACME,support,nobody\n",
            "2:1: 'ACME' is told in a ticket through 'support', for which 'contact' is",
        ),
        ("name,channel\nACME,pages\n", "2:1: 'ACME' would be told through 'pages', which pages our own people"),
        ("name,updates\nACME,automatic\n", "2:1: 'ACME' has automatic updates and no channel they could leave through"),
        ("name,updates\nACME,always\n", "2:1: 'updates' cannot be 'always'; valid: automatic, draft"),
    ],
)
def test_a_mistake_in_a_sheet_is_told_with_its_line(loaded: Load, rows: str | bytes, said: str) -> None:
    (told,) = wrong(loaded, FILE, rows)
    assert told.startswith(f"customers.csv:{said}")


def test_a_sheet_that_is_not_there_is_told_where_it_is_asked_for(loaded: Load, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded(FILE)
    (problem,) = refused.value.problems
    assert (problem.mark.line, problem.text) == (LINES + 1, f"{tmp_path}/customers.csv cannot be read: No such file or directory")


@given(rows=st.binary(max_size=400) | st.text(max_size=400).map(lambda text: f"name,tier\n{text}".encode()))
def test_whatever_is_in_the_sheet_it_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, rows: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / "customers.csv").write_bytes(rows)
    (folder / "driftpager.yml").write_text(HEAD + FILE)
    with suppress(ConfigError):
        config = load(folder / "driftpager.yml", {"KEY": "a" * 32})
        assert all(customer.name and customer.name.isprintable() for customer in config.customers)


def test_what_customers_read_may_be_worded_anew_and_a_misspelt_placeholder_is_refused(loaded: Load) -> None:
    config = loaded('customer_updates: {opened: "Dear $customer, it costs $$0."}\n')
    assert config.texts.opened == "Dear $customer, it costs $$0."
    (told,) = wrong(loaded, 'customer_updates: {opened: "Dear $custmer"}\n')
    assert "there is no placeholder $custmer; known are $customer, $vendor" in told
