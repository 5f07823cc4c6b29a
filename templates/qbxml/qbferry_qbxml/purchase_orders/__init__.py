"""The templates of purchase orders; data only."""
