"""What people do with records and connectors."""
