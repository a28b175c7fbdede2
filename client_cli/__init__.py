"""The client: vault, contacts, letters and the schedule that carries them."""
