"""What happens to a message: composed, sent, answered, settled when its answer was lost, told to the source."""
