"""The commands that keep a lake small and tell two lakes apart."""

from pipelines.answer import answer, bar
from pipelines.options import LAKE, Json, Lake


def compact(lake: Lake = LAKE, as_json: Json = False) -> None:
    """Make few large files of the many small ones that landing leaves; no row changes."""
    from pipelines.compact import compact as compact_lake

    with bar("compact") as tell:
        done = compact_lake(lake, tell)
    line = f"made {done.added} files of {done.removed}, {done.rows} deliveries; {done.files} remain"
    answer(as_json, vars(done), [line])
