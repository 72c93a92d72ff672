from __future__ import annotations

from loguro_async.extras import missing_extra


def test_the_error_names_what_to_install_and_what_is_missing() -> None:
    error = missing_extra("charts", "report", ModuleNotFoundError("gone", name="jinja2"))
    assert str(error) == 'charts needs an extra: pip install "loguro-async[report]"'
    assert error.name == "jinja2"
