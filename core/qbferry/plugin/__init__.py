"""The only place that touches pluggy."""
