"""What the contract suites run over."""

from tests.postgres import postgresql_cluster as postgresql_cluster
from tests.postgres import store_url as store_url
