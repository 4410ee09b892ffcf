"""A broker with a listener for each way in: plain, SCRAM, SCRAM over TLS, client certificates."""

from pathlib import Path

from kafka import KafkaAdminClient
from kafka.admin import ScramMechanism, UserScramCredentialUpsertion

from connectors.broker.node import Node, free_ports
from tests.kafka.authority import Authority

MECHANISMS = {
    "SCRAM-SHA-256": ScramMechanism.SCRAM_SHA_256,
    "SCRAM-SHA-512": ScramMechanism.SCRAM_SHA_512,
}
LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


class Secured:
    """The broker, and the port of each of its ways in."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.authority = authority
        plain, controller, *ports = free_ports(5)
        self.ports = dict(zip(("sasl_plaintext", "sasl_ssl", "mtls"), ports, strict=True))
        self.node = Node(folder, plain, self._settings(plain, controller))

    def _settings(self, plain: int, controller: int) -> dict[str, str]:
        addresses = {"PLAINTEXT": plain, "CONTROLLER": controller}
        addresses |= {name.upper(): port for name, port in self.ports.items()}
        protocols = {name: name for name in ("PLAINTEXT", "SASL_PLAINTEXT", "SASL_SSL")}
        protocols |= {"CONTROLLER": "PLAINTEXT", "MTLS": "SSL"}
        logins = {
            f"listener.name.{listener}.{mechanism.lower()}.sasl.jaas.config": LOGIN
            for listener in ("sasl_plaintext", "sasl_ssl")
            for mechanism in MECHANISMS
        }
        return logins | {
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": ",".join(f"{name}://127.0.0.1:{port}" for name, port in addresses.items()),
            "listener.security.protocol.map": ",".join(
                f"{name}:{protocol}" for name, protocol in protocols.items()
            ),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.authority.store("broker")),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.authority.ca),
            "sasl.enabled.mechanisms": ",".join(MECHANISMS),
            "listener.name.mtls.ssl.client.auth": "required",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS;User:root",
        }

    def enrol(self, user: str, password: str) -> None:
        """Let a user in, by every mechanism."""
        admin = KafkaAdminClient(bootstrap_servers=self.node.address)
        try:
            for mechanism in MECHANISMS.values():
                admin.alter_user_scram_credentials(
                    [UserScramCredentialUpsertion(user, mechanism, password)]
                )
        finally:
            admin.close()
