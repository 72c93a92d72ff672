"""Lets the reference show how msgspec's structs are called, as it does for dataclasses."""

from __future__ import annotations

from typing import Any

from griffe import Attribute, Class, Extension, Function, Parameter, ParameterKind, Parameters


class StructSignatures(Extension):
    """Gives each struct the ``__init__`` that msgspec makes of its fields."""

    def on_class(self, *, cls: Class, **_: Any) -> None:  # noqa: ANN401 - as griffe calls it
        """Add ``__init__`` to a class made directly of ``Struct``."""
        if not any(str(base) == "Struct" for base in cls.bases):
            return
        by_name = str(cls.keywords.get("kw_only")) == "True"
        kind = ParameterKind.keyword_only if by_name else ParameterKind.positional_or_keyword
        fields = [
            Parameter(name, annotation=member.annotation, kind=kind, default=member.value)
            for name, member in cls.members.items()
            if isinstance(member, Attribute) and "property" not in member.labels
        ]
        init = Function("__init__", parameters=Parameters(*fields), parent=cls)
        cls.set_member("__init__", init)
