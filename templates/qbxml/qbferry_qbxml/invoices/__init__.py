"""The templates of invoices; data only."""
