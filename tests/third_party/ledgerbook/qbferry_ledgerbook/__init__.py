"""A book of what went to QuickBooks and what did not, with a bookkeeper's own notes."""
