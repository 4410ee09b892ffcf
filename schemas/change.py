"""What all ``change.*`` types share: one change's events always meet in one shard."""

from typing import Literal

from schemas.partition import Bucket

CHANGE = Bucket(("forge", "change"))

ActorKind = Literal["human", "bot", "agent"]
