"""The templates of payments; data only."""
