"""Plugins of strangers, installed for real."""
