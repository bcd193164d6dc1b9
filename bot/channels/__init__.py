"""Adapters to where people write: verify, parse, render, send. No database and no dialogue in here."""
