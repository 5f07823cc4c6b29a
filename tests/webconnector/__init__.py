"""The protocol, from bytes to bytes. The port behind it is recorded here; whole runs are tested elsewhere."""
