"""Encryption of personal columns and the keyed hash that finds them again.

Fernet (AES-128-CBC with HMAC-SHA256) through ``MultiFernet``: the first key of ``DATA_KEY`` seals, every
key opens, so a key is rotated by putting a new one in front. The hash key must outlive a rotation, so it is
random, made once, and kept sealed in the database (table ``keyring``).
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class WrongKey(Exception):
    """The stored data was sealed with a key that ``DATA_KEY`` does not hold."""


class Cipher:
    """Seals and opens text. ``keys``: the comma-separated value of ``DATA_KEY``."""

    def __init__(self, keys: str) -> None:
        self._fernet = MultiFernet([Fernet(key.strip()) for key in keys.split(",")])
        self._hash_key = b""

    def use_hash_key(self, key: bytes) -> None:
        self._hash_key = key

    def seal(self, text: str) -> bytes:
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        try:
            return self._fernet.decrypt(bytes(sealed)).decode()
        except InvalidToken:
            raise WrongKey(
                "DATA_KEY does not open the stored data: put the earlier key after a comma"
            ) from None

    def seal_bytes(self, data: bytes) -> bytes:
        """As :meth:`seal`, for a file of a few megabytes: it is held in memory whole, twice."""
        return self._fernet.encrypt(data)

    def open_bytes(self, sealed: bytes) -> bytes:
        """What :meth:`seal_bytes` sealed. Raises WrongKey."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise WrongKey("DATA_KEY does not open the file: put the earlier key after a comma") from None

    def digest(self, text: str) -> str:
        """64 hexadecimal digits; equal for equal texts under this database's hash key only."""
        if not self._hash_key:
            raise RuntimeError("the hash key is read from the database first: call Database.open()")
        return hmac.new(self._hash_key, text.encode(), hashlib.sha256).hexdigest()
