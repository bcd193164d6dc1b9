"""Rasa, embedded: the only package that imports it.

Import order matters and is settled here. ``skops.io`` walks every loaded module when it is imported, so it
comes first; Rasa imports TensorFlow at import time although no component of ours uses it, so a stand-in is
put in its place before ``rasa`` is touched (``docs/adr/0001-modern-stack-without-tensorflow.md``).
"""

import os
import warnings
from pathlib import Path

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
os.environ.setdefault("TQDM_DISABLE", "1")
os.environ.setdefault("RASA_CACHE_DIRECTORY", str(Path(__file__).resolve().parents[2] / "var" / "rasa-cache"))

with warnings.catch_warnings(record=True):  # a frozen release warns of its age at every start
    warnings.simplefilter("ignore")
    import skops.io  # noqa: F401

    from bot.engine import tensorflow_free

    tensorflow_free.install()
    import rasa.core.agent
    import rasa.core.tracker_store  # noqa: F401
