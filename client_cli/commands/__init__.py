"""The commands of `sosik`, one module each; `client_cli.cli` names them and imports one only when it is used."""
