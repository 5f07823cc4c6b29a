"""The core's migrations, oldest first."""
