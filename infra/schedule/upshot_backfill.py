"""The nightly backfill as an Airflow DAG: it calls the console script and imports nothing of ours.

The worker needs ``upshot`` on its PATH, and ``upshot.toml`` in the folder that it runs in. A night
that was missed needs no run of its own: the next one takes all that is new.
"""

from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG(
    dag_id="upshot_backfill",
    description="Land what is new, and bring the lake up to date",
    schedule="30 2 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    # Two at once are safe, but one of them would only lose the race.
    max_active_runs=1,
    tags=["upshot"],
):
    BashOperator(
        task_id="backfill",
        bash_command="upshot backfill",
        cwd="/var/lib/upshot",
        # 3 is a lost race, and a rerun of anything is safe.
        retries=2,
        retry_delay=timedelta(minutes=5),
    )
