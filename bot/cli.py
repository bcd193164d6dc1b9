"""``oportunidad``: the command line."""


def main() -> None: ...
