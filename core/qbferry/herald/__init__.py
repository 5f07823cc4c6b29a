"""Alerts on their way to people: what is worth one is noticed, and told by mail and webhook, once."""

from qbferry.herald.herald import Herald
from qbferry.herald.notice import notice_all
from qbferry.herald.post import Post, Sending

__all__ = ["Herald", "Post", "Sending", "notice_all"]
