"""Reports of one project or many: HTML, Markdown, and messages for Slack, Discord and Telegram.

``gather`` fetches the figures once; the forms are pure functions of what it gives.
"""

from loguro_async.report.content import Failure, Move, ProjectReport, Report, TitledList
from loguro_async.report.discord import to_discord
from loguro_async.report.files import check_form, write
from loguro_async.report.gather import gather
from loguro_async.report.html import to_html
from loguro_async.report.markdown import to_markdown
from loguro_async.report.slack import to_slack
from loguro_async.report.telegram import to_telegram

__all__ = [
    "Failure",
    "Move",
    "ProjectReport",
    "Report",
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
