"""What the tests share: a clock that stands still, a service on a temporary file, women who talk to it."""
