"""Oportunidad: the conversational front door and memory of Second Chance Education."""
