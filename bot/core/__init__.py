"""Pure vocabulary and policy: standard library only, time is a parameter, no input or output."""
