"""Records arrive."""
