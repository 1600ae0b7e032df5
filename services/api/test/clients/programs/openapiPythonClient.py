"""The functions that openapi-python-client makes."""

import sys

from generated import AuthenticatedClient
from generated.api.analytics import trending
from generated.api.events import post_events
from generated.models import EngagementEvent, EngagementEventType, EventsAnswer, TrendingWindow

url, key = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=key)

rows = trending.sync(client=client, window=TrendingWindow.VALUE_2, limit=5)
assert isinstance(rows, list) and isinstance(rows[0].id, int), rows

events = [
    EngagementEvent(type_=EngagementEventType.LIKE, post_id=1),
    EngagementEvent(type_=EngagementEventType.SHARE, post_id=2),
]
answer = post_events.sync(client=client, body=events)
assert isinstance(answer, EventsAnswer) and answer.accepted == 2, answer
