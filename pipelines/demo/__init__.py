"""The demo: an invented organisation through the real path, beside its truth.

run.py           from a key to what is printed
home.py          what is its own in the folder, and may be cleared
organisation.py  who speaks
collect.py       who listens: the real collector, with an invented clock
kafka.py         the same through a real broker
text.py          what is printed
"""
