"""``facts.folders``: whose repository work in a folder is.

A folder is the one repository's whose name it has, or the one that ``project.linked`` gives it;
else one that several share tells nothing.
"""

from pipelines.reach import Everything
from pipelines.step import fact
from schemas.columns import Keyed
from schemas.partition import Whole

SQL = """
SELECT project, repo FROM events.project_linked
UNION
SELECT project, any_value(repo) AS repo FROM facts.branches
WHERE project IS NOT NULL AND project NOT IN (SELECT project FROM events.project_linked)
GROUP BY project HAVING count(DISTINCT repo) = 1
"""


@fact(
    "folders",
    key=("project", "repo"),
    partition=Whole(),
    reads={"events/project.linked": Everything(), "facts/branches": Everything()},
    sql=SQL,
)
class Folders:
    """One folder that people work in, and the repository that it holds."""

    project: Keyed
    """The folder, hidden as an editor's project is."""
    repo: str
    """``host/owner/name``; a personal owner's part is keyed."""
