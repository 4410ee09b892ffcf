"""How signs of life become spans of attention, in SQL.

owners.py       whose an account is
signals.py      what tells that a person is there, and what only looks like it
writes.py       which of an editor's writes were an agent's
sittings.py     what looking at a file means, by what was done before it
gaps.py         who gets the time between two signals: the owning rule
attribution.py  which change that time was given to
effort.py       what a change took, by its own clock
origin.py       whose lines it added
"""
