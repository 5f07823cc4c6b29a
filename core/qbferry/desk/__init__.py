"""What people do with records and connectors, whatever they do it with: a command or a page."""
