"""Reads records from Autotask, and tells it what became of them."""
