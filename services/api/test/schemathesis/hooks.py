"""What schemathesis cannot make of the document alone."""

import json
from zoneinfo import available_timezones

import schemathesis
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import negative_data_rejection

# Files of some systems that are no zones: the copies with and without leap seconds.
ZONES = sorted(z for z in available_timezones() if "/" in z and not z.startswith(("posix/", "right/")))
schemathesis.openapi.format("iana-time-zone", st.sampled_from(ZONES))

# Of NDJSON the document can only say that it is a text of that format.
EVENTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["view", "like", "comment", "share"]), "post_id": st.integers(1, 2**31 - 1)}
)
schemathesis.openapi.format(
    "ndjson", st.lists(EVENTS, min_size=1, max_size=20).map(lambda events: "\n".join(map(json.dumps, events)))
)


@schemathesis.serializer("application/x-ndjson")
def as_it_is(_context, text):
    return text if isinstance(text, bytes) else str(text).encode(errors="replace")


@schemathesis.hook
def map_query(context, query):
    """A version that is not there yet would be waited for."""
    after = (query or {}).get("after")
    if str(after).isdecimal() and len(str(after)) <= 15:
        return {**query, "after": 0}
    return query


@schemathesis.hook
def before_call(context, case, kwargs):
    """No document can say that a cursor comes from an earlier answer, and that two parameters exclude each other."""
    if case.query and case.meta and not case.meta.generation.mode.is_negative:
        case.query.pop("cursor", None)
        if "compact" in case.query:
            case.query.pop("day_of_week", None)


@schemathesis.hook
def map_body(context, body):
    """The author of a post has to be one of the catalogue; what is no id stays what it is."""
    if context.operation.path == "/posts/{post_id}" and isinstance(body, dict):
        author = body.get("author_id")
        if type(author) in (int, float) and 1 <= author < 2**31 and author == int(author):
            return {**body, "author_id": 1}
    return body


@schemathesis.check
def invalid_events_are_rejected(context, response, case):
    """Of an array, the valid events are taken: 202, and the others are in `rejected`."""
    if case.operation.label != "POST /events":
        return None
    if response.status_code == 202 and response.json()["rejected"]:
        return None
    return negative_data_rejection(context, response, case)
