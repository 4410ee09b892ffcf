"""Chaos: everything at once, under a random killer, and then the question whether it held.

stage.py     who is on it: collectors, forwarders, rival streams and backfills, a compactor
clients.py   who pushes: heartbeats known by a number, and which of them were acknowledged
watch.py     who reads, all the while
verdict.py   the checkers, at the end
mutants.py   broken code, one for each checker, which it must catch
outage.py    by itself: the broker is away for ten minutes, at rate
pusher.py    who pushes meanwhile, as fast as was asked for
"""
