"""What schemathesis cannot make of the document alone."""

import json
from zoneinfo import available_timezones

import schemathesis
from hypothesis import strategies as st

# Files of some systems that are no zones: the copies with and without leap seconds.
ZONES = sorted(z for z in available_timezones() if "/" in z and not z.startswith(("posix/", "right/")))
schemathesis.openapi.format("iana-time-zone", st.sampled_from(ZONES))

# The document can only say that NDJSON is a text.
EVENTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["view", "like", "comment", "share"]), "post_id": st.integers(1, 2**31 - 1)}
)
NDJSON = st.lists(EVENTS, min_size=1, max_size=20).map(
    lambda events: "\n".join(json.dumps(event) for event in events).encode()
)
schemathesis.openapi.media_type("application/x-ndjson", NDJSON)


@schemathesis.serializer("application/x-ndjson")
def as_it_is(_context, value):
    """A text that the document's schema gives, wrong as it is; the events above are bytes already."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")
