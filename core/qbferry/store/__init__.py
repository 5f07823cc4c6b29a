"""Tables, statements and migrations: the only room that knows SQLAlchemy and Alembic."""
