"""Replace functions and methods written in C, no matter how the code under test refers to them.

A partial, a closure, an instance attribute or a default argument may refer to ``time.sleep``
itself, so replacing the module's attribute is not enough. This module changes the function object
itself, so that every call runs the replacement. A method is replaced in its class's dictionary.

In CPython, the header of a function object is followed by a pointer to its definition (name, C
function, flags) and a pointer to the first argument of the C function. Both pointers are replaced:
the new definition points to a function in CPython's C API that calls its first argument, and the
replacement becomes that first argument. Nothing is compiled.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from types import BuiltinFunctionType
from typing import Any

_VARIABLE, _NO_ARGUMENTS, _ONE_ARGUMENT = 0x1, 0x4, 0x8
"""The METH_VARARGS, METH_NOARGS and METH_O flags from CPython's ``methodobject.h``."""

_CALLERS = {
    _VARIABLE: "PyObject_CallObject",
    _NO_ARGUMENTS: "PyObject_CallNoArgs",
    # PyObject_CallOneArg would be simpler, but CPython before version 3.11 does not export it.
    # Instead, call PyObject_GetItem on an ``_Item``, which passes the key on to the replacement.
    _ONE_ARGUMENT: "PyObject_GetItem",
}


class _Definition(ctypes.Structure):
    """CPython's ``PyMethodDef`` structure, which defines a function written in C."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


class _Item:
    """Turns item access into a call: ``item[key]`` calls the function with ``key``."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    def __getitem__(self, argument: Any) -> Any:
        return self._function(argument)


def original(function: Any) -> Any:
    """Return a copy of an unpatched C function. Later patches do not affect the copy."""
    if not isinstance(function, BuiltinFunctionType):
        raise TypeError(f"{function!r} is not a function written in C")
    new = ctypes.pythonapi.PyCFunction_NewEx
    new.restype = ctypes.py_object
    new.argtypes = (ctypes.c_void_p, ctypes.py_object, ctypes.py_object)
    # Copy the definition too, because older releases of time-machine modify it in place.
    address = ctypes.c_void_p.from_address(id(function) + object.__basicsize__).value or 0
    there = _Definition.from_address(address)
    copy = _Definition(there.name, there.function, there.flags, there.doc)
    _copies.append(copy)
    return new(ctypes.addressof(copy), function.__self__, function.__module__)


_copies: list[_Definition] = []


class FunctionPatch:
    """Replaces a function written in C, such as ``time.sleep``, for all code that refers to it.

    ``make`` takes a copy of the original function and returns the replacement.
    """

    def __init__(self, function: Any, make: Callable[[Any], Callable[..., Any]]) -> None:
        self._function = function
        self._slots = (ctypes.c_void_p * 2).from_address(id(function) + object.__basicsize__)
        definition = _Definition.from_address(self._slots[0] or 0)
        if definition.name != function.__name__.encode() or definition.flags not in _CALLERS:
            raise NotImplementedError(
                f"{function.__name__} has an unknown memory layout in this version of Python"
            )
        self._before = self._slots[0], self._slots[1]
        replacement: Any = make(original(function))
        if definition.flags == _ONE_ARGUMENT:
            replacement = _Item(replacement)
        caller = getattr(ctypes.pythonapi, _CALLERS[definition.flags])
        address = ctypes.cast(caller, ctypes.c_void_p).value
        self._definition = _Definition(definition.name, address, definition.flags, definition.doc)
        self._replacement = replacement
        # The garbage collector counts the second pointer as a reference, so increment the count.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(replacement))

    def install(self) -> None:
        """Change both pointers in one step, so that other threads see both changes or neither."""
        self._slots[:] = [ctypes.addressof(self._definition), id(self._replacement)]

    def remove(self) -> None:
        """Restore the original function."""
        self._slots[:] = list(self._before)


class NamespacePatch:
    """Replaces a module's attribute or a class's method, even if the method is written in C.

    ``make`` takes the original and returns the replacement.
    """

    def __init__(self, owner: Any, name: str, make: Callable[[Any], Callable[..., Any]]) -> None:
        self._owner = owner
        self._name = name
        self._namespace = vars(owner)
        if isinstance(owner, type):
            # For a class, vars() returns a read-only view, so get the dictionary behind the view.
            (self._namespace,) = gc.get_referents(self._namespace)
        self._original = self._namespace[name]
        self._replacement = make(self._original)

    def install(self) -> None:
        """Install the replacement, unless other code has patched the attribute."""
        self._put(self._original, self._replacement)

    def remove(self) -> None:
        """Restore the original, unless other code has patched the attribute in the meantime."""
        self._put(self._replacement, self._original)

    def _put(self, before: Any, after: Any) -> None:
        if self._namespace.get(self._name) is before:
            self._namespace[self._name] = after
            if isinstance(self._owner, type):
                ctypes.pythonapi.PyType_Modified(ctypes.py_object(self._owner))
