"""Components of Rasa's pipeline: thin, the understanding itself is in ``bot/understanding``."""
