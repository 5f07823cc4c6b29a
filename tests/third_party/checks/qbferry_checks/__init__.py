"""Checks to vendors: a kind of record that qbferry itself does not know."""
