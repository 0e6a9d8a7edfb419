"""One file a revision, `vNNNN_what.py`; `monitor.store.migrate.LATEST` names the newest.

All of an upgrade is one transaction on both databases. SQLite alters little in place: use `op.batch_alter_table`, which builds
the table anew (foreign keys are off meanwhile, and checked before the commit). Write types out; never import the tables of today.
"""
