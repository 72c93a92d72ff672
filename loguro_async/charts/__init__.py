"""Answers as pictures: Vega-Lite specifications, and SVG, PNG and HTML made of them offline.

``chart`` needs nothing; the pictures need the extra ``[charts]``. In a notebook an answer shows
itself.
"""

from loguro_async.charts.chart import chart
from loguro_async.charts.png import to_png
from loguro_async.charts.render import to_html, to_svg
from loguro_async.charts.theme import Theme

__all__ = ["Theme", "chart", "to_html", "to_png", "to_svg"]
