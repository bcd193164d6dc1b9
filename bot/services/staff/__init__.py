"""The work of staff: signing in, seeing what is theirs to see, and acting on it, with a log of both."""
