"""The templates of credit memos; data only."""
