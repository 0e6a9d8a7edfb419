"""An open store of each kind."""

from tests.postgres import blank_url as blank_url
from tests.postgres import migrated_database as migrated_database
from tests.postgres import migrated_file as migrated_file
from tests.postgres import postgresql_cluster as postgresql_cluster
from tests.postgres import store as store
from tests.postgres import store_url as store_url
