"""What `sosik-relay` does, one module for each command."""
