"""Reports of one project or many: HTML, Markdown, and messages for Slack, Discord and Telegram.

``gather`` fetches the figures once; the formats are pure functions of what it returns.
"""

from loguro_async.report.collect import gather
from loguro_async.report.discord import to_discord
from loguro_async.report.files import check_form, write
from loguro_async.report.html import to_html
from loguro_async.report.markdown import to_markdown
from loguro_async.report.model import Failure, ProjectReport, Report, RowChange, TitledList
from loguro_async.report.slack import to_slack
from loguro_async.report.telegram import to_telegram

__all__ = [
    "Failure",
    "ProjectReport",
    "Report",
    "RowChange",
    "TitledList",
    "check_form",
    "gather",
    "to_discord",
    "to_html",
    "to_markdown",
    "to_slack",
    "to_telegram",
    "write",
]
