"""Use cases: what happens to a message and to a person, over the store, with time as a parameter."""
