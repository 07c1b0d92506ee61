"""Public names of a package whose files are read when one of their names is first asked for (PEP 562)."""

import sys
from importlib import import_module
from typing import Any

__all__ = ["late"]


def late(package: str, homes: Any, modules: Any = ()) -> Any:
    """Return the functions `__getattr__` and `__dir__` of a package.

    Type checkers and editors do not see them: the package has the same imports under ``if TYPE_CHECKING``, and a
    literal `__all__`.

    Parameters
    ----------
    package : str
        Its `__name__`.
    homes : {str: str}
        The module of the package in which each name is.
    modules : iterable of str
        Modules of the package that are found without an import of their own.
    """

    def get(name):
        if name in modules:
            return import_module(f"{package}.{name}")  # which sets it in the package
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules[package])
        value = getattr(import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, value)  # found there the next time
        return value

    def names():
        return sorted({*vars(sys.modules[package]), *homes, *modules})

    return get, names
