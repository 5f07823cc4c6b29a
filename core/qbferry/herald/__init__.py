"""What goes out: alerts by mail and webhook, once a fact, and events by webhooks, in their order."""

from qbferry.herald.delivery import Delivery
from qbferry.herald.herald import Herald
from qbferry.herald.notice import notice_all
from qbferry.herald.post import Post, Sending

__all__ = ["Delivery", "Herald", "Post", "Sending", "notice_all"]
