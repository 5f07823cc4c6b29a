"""The only place of the core that knows SQLAlchemy's tables, sessions and migrations."""
