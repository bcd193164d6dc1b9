"""How the weights of ``nlu/opinion`` were made. Nothing of the service imports this; see README.md."""

from pathlib import Path

TEXTS = Path(__file__).resolve().parents[1] / "var" / "training" / "texts.json"
