"""What `sosik-relay` does, one module for each command; `relay.cli` puts them together."""
