"""The staff console: pages made on the server, signed in, in Spanish and English.

``build_console`` gives the application that the web server mounts at ``/``, after its own routes.
"""

from bot.console.app import build_console
from bot.console.desk import Desk

__all__ = ["Desk", "build_console"]
