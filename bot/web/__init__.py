"""The web front: providers' webhooks, the chat simulator, health and metrics. No dialogue in here."""
