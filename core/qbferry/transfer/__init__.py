"""What happens to a message: composed, sent, answered, and recovered when its answer was lost."""
