"""Pages and fragments, made of templates."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import jinja2

from loguro_async.charts.formatting import number
from loguro_async.charts.labels import label
from loguro_async.text import visible

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from loguro_async.dashboard.access import Access
    from loguro_async.dashboard.view import View
    from loguro_async.dashboard.widgets import Filled
    from loguro_async.models.visitors import Session

_TEMPLATES: Final = Path(__file__).with_name("templates")


def page(title: str, root: str, access: Access, view: View, parts: Sequence[Filled]) -> str:
    """The whole page.

    Args:
        title: Its title.
        root: The path that the dashboard is mounted at.
        access: What may be seen.
        view: What is asked for.
        parts: The widgets.
    """
    stale = [part.as_of for part in parts if part.as_of is not None]
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            title=title,
            root=root,
            access=access,
            view=view,
            parts=parts,
            as_of=min(stale, default=None),
        )
    )


def widget_fragment(root: str, access: Access, view: View, part: Filled) -> str:
    """One widget."""
    template = _environment().get_template("widget.html.j2")
    return template.render(root=root, access=access, view=view, part=part)


def visitor_page(root: str, project: str, sessions: Sequence[Session], trouble: str) -> str:
    """The visits of one visitor."""
    template = _environment().get_template("visitor.html.j2")
    return template.render(root=root, project=project, sessions=sessions, trouble=trouble)


def _moment(at: dt.datetime) -> str:
    return f"{at:%d %b %Y %H:%M} UTC"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "label": label,
        "moment": _moment,
        "number": number,
        "visible": visible,
    }
    return environment
