"""A worker as Flink starts it: asks where its runner is, and becomes the SDK's worker.

A TaskManager says only ``--id`` and ``--provision_endpoint``; all else is the provision service's
to tell. Found as ``upshot-worker`` on the TaskManager's path.
"""

import argparse
import os

ANSWER_S = 60


def main() -> None:
    """Become a worker; ends with its error where the runner is not reached."""
    import grpc
    from apache_beam.portability.api import beam_provision_api_pb2 as provision
    from apache_beam.portability.api import beam_provision_api_pb2_grpc as service
    from apache_beam.runners.worker import sdk_worker_main
    from google.protobuf import json_format, text_format

    parser = argparse.ArgumentParser()
    parser.add_argument("--id", required=True)
    parser.add_argument("--provision_endpoint", required=True)
    asked, _ = parser.parse_known_args()
    with grpc.insecure_channel(asked.provision_endpoint) as channel:
        said = service.ProvisionServiceStub(channel).GetProvisionInfo(
            provision.GetProvisionInfoRequest(),
            metadata=[("worker_id", asked.id)],
            timeout=ANSWER_S,
            wait_for_ready=True,
        )
    os.environ |= {
        "WORKER_ID": asked.id,
        "PIPELINE_OPTIONS": json_format.MessageToJson(said.info.pipeline_options),
        "LOGGING_API_SERVICE_DESCRIPTOR": text_format.MessageToString(said.info.logging_endpoint),
        "CONTROL_API_SERVICE_DESCRIPTOR": text_format.MessageToString(said.info.control_endpoint),
        "RUNNER_CAPABILITIES": " ".join(said.info.runner_capabilities),
    }
    sdk_worker_main.main([])
