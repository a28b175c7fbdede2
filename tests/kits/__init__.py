"""What several tests share: small networks, homes, command lines, communities, relay cores. No test lives here."""
