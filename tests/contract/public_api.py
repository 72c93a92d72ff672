"""The public API as text: each name of the reference, with its parameters, fields and types.

The text is made from the sources, and is the same on every Python. ``make api`` updates the golden
file.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import griffe

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
REFERENCE: Final = ROOT / "docs" / "reference"
# These methods are not part of the public API.
_INNER: Final = {
    *("__copy__", "__deepcopy__", "__hash__", "__reduce__"),
    *("__post_init__", "__repr__", "__slots__", "__str__"),
}
_BY_KIND: Final[dict[griffe.ParameterKind | None, str]] = {
    griffe.ParameterKind.var_positional: "*",
    griffe.ParameterKind.var_keyword: "**",
}


def public_names() -> list[str]:
    """Full names, as the reference lists them; a test holds it against what the modules export."""
    text = "".join(page.read_text(encoding="utf-8") for page in sorted(REFERENCE.glob("*.md")))
    return sorted(re.findall(r"^::: (\S+)$", text, re.MULTILINE))


def lines() -> Iterator[str]:
    """The whole of the public API."""
    loader = griffe.GriffeLoader(search_paths=[ROOT])
    package = loader.load("loguro_async")
    loader.resolve_aliases(implicit=True)
    names = public_names()
    found = {name: _at(package, name) for name in names}
    listed = {str(thing.path) for thing in found.values()}
    for name, thing in found.items():
        yield from _described(name, thing, listed)


def _at(package: griffe.Object | griffe.Alias, name: str) -> griffe.Object:
    thing = package[name.removeprefix("loguro_async.")]
    found = thing.final_target if isinstance(thing, griffe.Alias) else thing
    # A function may hide the module of the same name that it comes from.
    return _at(found, found.name) if isinstance(found, griffe.Module) else found


def _described(name: str, thing: griffe.Object, listed: set[str]) -> Iterator[str]:
    if isinstance(thing, griffe.Class):
        bases = ", ".join(str(base) for base in thing.bases)
        options = "".join(f", {key}={value}" for key, value in thing.keywords.items())
        yield f"class {name}({(bases + options).removeprefix(', ')})"
        for member in _members(thing, listed):
            yield from (f"    {line}" for line in _described(member.name, member, listed))
    elif isinstance(thing, griffe.Function):
        for function in thing.overloads or [thing]:
            yield _signature(name, function)
    elif isinstance(thing, griffe.Attribute):
        yield _value(name, thing)


def _members(thing: griffe.Class, listed: set[str]) -> list[griffe.Object]:
    """Public members; those of a base count as well, where the base has no entry of its own."""
    bases = [base for base in reversed(thing.mro()) if base.path not in listed]
    members: dict[str, griffe.Object] = {}
    for one in [*bases, thing]:
        for name, member in one.members.items():
            is_inner = name in _INNER or (name.startswith("_") and not name.endswith("__"))
            if not is_inner and isinstance(member, griffe.Object):
                members[name] = member
    # Fields in their order, which is that of a call without keywords; the rest by name.
    fields = [one for one in members.values() if isinstance(one, griffe.Attribute)]
    others = [one for one in members.values() if not isinstance(one, griffe.Attribute)]
    return [*fields, *sorted(others, key=lambda one: one.name)]


def _signature(name: str, function: griffe.Function) -> str:
    parts: list[str] = []
    for parameter in function.parameters:
        keyword_only = parameter.kind is griffe.ParameterKind.keyword_only
        if keyword_only and not any(part.startswith("*") for part in parts):
            parts.append("*")
        if parameter.name.startswith("_"):
            continue
        annotation = f": {parameter.annotation}" if parameter.annotation is not None else ""
        variadic = _BY_KIND.get(parameter.kind, "")
        default = f" = {parameter.default}" if parameter.default and not variadic else ""
        parts.append(f"{variadic}{parameter.name}{annotation}{default}")
    keyword = "async def" if "async" in function.labels else "def"
    kinds = sorted(function.labels & {"classmethod", "staticmethod"})
    before = "".join(f"@{kind} " for kind in kinds)
    return f"{before}{keyword} {name}({', '.join(parts)}) -> {function.returns}"


def _value(name: str, attribute: griffe.Attribute) -> str:
    if "property" in attribute.labels:
        return f"property {name}: {attribute.annotation}"
    annotation = f": {attribute.annotation}" if attribute.annotation is not None else ""
    is_set_in_init = "instance-attribute" in attribute.labels and annotation == ""
    value = f" = {attribute.value}" if attribute.value is not None and not is_set_in_init else ""
    return f"{name}{annotation}{value}"


if __name__ == "__main__":
    sys.stdout.write("\n".join([*lines(), ""]))
