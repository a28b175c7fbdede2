"""`python -m relay` and the `sosik-relay` command."""

from relay.cli import main

if __name__ == "__main__":
    main()
