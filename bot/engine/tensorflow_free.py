"""A stand-in for TensorFlow, so that Rasa imports without it.

Rasa 3.6 imports TensorFlow when its recipes load, for components we do not use (DIET, TED …). The stand-in
answers every attribute, so class bodies and annotations evaluate; it computes nothing. A pipeline that names
a TensorFlow component is refused by :func:`refuse_components` before training or loading.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Sequence
from typing import Any

_ROOTS = frozenset({"tensorflow", "tensorflow_text", "tensorflow_hub", "tensorflow_addons", "keras"})
_NEEDS_TENSORFLOW = frozenset(
    {
        "DIETClassifier",
        "TEDPolicy",
        "UnexpecTEDIntentPolicy",
        "ResponseSelector",
        "ConveRTFeaturizer",
        "LanguageModelFeaturizer",
    }
)


class TensorFlowMissing(Exception):
    """A component that computes with TensorFlow is named in the configuration."""


class _AnyClass(type):
    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything

    def __or__(cls, other: Any) -> Any:
        return cls

    def __ror__(cls, other: Any) -> Any:
        return cls

    def __iter__(cls) -> Any:
        return iter(())


class _Anything(metaclass=_AnyClass):
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def __init_subclass__(cls, **kwargs: Any) -> None: ...

    def __class_getitem__(cls, item: Any) -> Any:
        return cls

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # used as a decorator it must hand the function back
        return args[0] if len(args) == 1 and callable(args[0]) and not kwargs else _Anything()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything


class _Module(types.ModuleType):
    __path__: list[str] = []  # noqa: RUF012 - as in ModuleType

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.split(".")[0] not in _ROOTS:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        module = _Module(spec.name)
        module.__version__ = "2.12.0"  # type: ignore[attr-defined]
        return module

    def exec_module(self, module: types.ModuleType) -> None: ...


def available() -> bool:
    """Whether the real TensorFlow is installed (an extra that some may want for comparisons)."""
    finders = [f for f in sys.meta_path if not isinstance(f, _Finder)]
    return any(f.find_spec("tensorflow", None) is not None for f in finders if hasattr(f, "find_spec"))


def install() -> None:
    """Put the stand-in in place, once, unless the real library is there."""
    if not any(isinstance(f, _Finder) for f in sys.meta_path) and not available():
        sys.meta_path.insert(0, _Finder())


def refuse_components(config: dict[str, Any]) -> None:
    """Raises TensorFlowMissing when ``config`` names a component that the stand-in cannot serve."""
    if available():
        return
    for section in ("pipeline", "policies"):
        for component in config.get(section) or ():
            name = str(component.get("name", "")).rsplit(".", 1)[-1]
            if name in _NEEDS_TENSORFLOW:
                raise TensorFlowMissing(
                    f"config.yml: {name} needs TensorFlow, which is not installed. "
                    "Mend: remove it, or install tensorflow==2.12 for a comparison"
                )
