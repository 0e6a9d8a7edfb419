"""`driftpager schema`: the JSON Schema of the configuration."""

from __future__ import annotations

import click

from monitor.cli.exits import BadConfiguration, Exit
from monitor.cli.output import as_json


@click.command(short_help="The JSON Schema of the configuration, for editors.")
@click.option("--matrix", is_flag=True, help="The schema of the escalation file instead.")
def schema(matrix: bool) -> int:
    """Print the JSON Schema of driftpager.yml, with every installed kind of target and channel.

    \b
    Examples:
      driftpager schema > driftpager.schema.json
      driftpager schema --matrix > escalation.schema.json

    Then put this comment at the top of driftpager.yml, for editors that speak the YAML language server's dialect:

    \b
      # yaml-language-server: $schema=driftpager.schema.json
    """
    print_schema(matrix=matrix)
    return Exit.CLEAN


def print_schema(*, matrix: bool = False) -> None:
    from monitor.config.schema import configuration_schema, matrix_schema
    from monitor.plugins import BrokenPlugin

    try:
        as_json(matrix_schema() if matrix else configuration_schema())
    except BrokenPlugin as error:
        raise BadConfiguration(str(error)) from None
