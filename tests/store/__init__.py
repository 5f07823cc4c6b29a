"""The store: tables, migrations, and what plugins leave in them."""
