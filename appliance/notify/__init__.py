"""SMS, mail and push: how people learn of a call without being rung. It rings nobody and answers no call.

The register is its log: what must be told is worked out from the events of calls and tickets (`occasions.py`), what was
queued, tried, sent and delivered are events too (`outbox.py`), so that a restart goes on where the last life ended.
Pure: `occasions`, `telling`, `texts`, `outbox`, `inbox`. `notifier.py` joins them to carriers (`sms.py`, `post.py`).
"""
