"""The templates of expense reports; data only."""
