"""Responses as charts: Vega-Lite specifications, and SVG, PNG and HTML made from them offline.

``chart`` needs no extra; the pictures need ``[charts]``. A notebook shows a response as its chart.
"""

from loguro_async.charts.dispatch import chart
from loguro_async.charts.html_output import to_html
from loguro_async.charts.png_output import to_png
from loguro_async.charts.svg_output import to_svg
from loguro_async.charts.theme import Theme

__all__ = ["Theme", "chart", "to_html", "to_png", "to_svg"]
