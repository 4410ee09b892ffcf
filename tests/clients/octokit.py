"""GitHub's example payloads, each signed by octokit's own signer as GitHub signs what it sends."""

import json
import subprocess
from typing import NamedTuple

from tests.clients.installed import CLIENTS, PACKAGES, needs

SIGNER = PACKAGES / "@octokit" / "webhooks-methods" / "package.json"
EXAMPLES = PACKAGES / "@octokit" / "webhooks-examples" / "api.github.com" / "index.json"

installed = needs(SIGNER, "octokit's signer")

SIGN = """
import { readFileSync } from "node:fs";
import { sign } from "@octokit/webhooks-methods";
const [file, secret] = process.argv.slice(1);
for (const { name, examples } of JSON.parse(readFileSync(file, "utf8")))
  for (const example of examples) {
    const body = JSON.stringify(example);
    console.log(JSON.stringify([name, body, await sign(secret, body)]));
  }
"""


class Webhook(NamedTuple):
    """One request of GitHub's: its event, its raw body, and the proof of who sent it."""

    event: str
    body: bytes
    signature: str

    @property
    def headers(self) -> dict[str, str]:
        """Headers as GitHub sends them."""
        return {
            "content-type": "application/json",
            "x-github-event": self.event,
            "x-hub-signature-256": self.signature,
        }

    def flipped(self, at: int) -> "Webhook":
        """Return the same with one bit of one byte of the body changed."""
        body = bytearray(self.body)
        body[at % len(body)] ^= 1
        return self._replace(body=bytes(body))


def signed(secret: str) -> list[Webhook]:
    """Return every example, signed."""
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", SIGN, EXAMPLES, secret],
        # Where packages are looked for.
        cwd=CLIENTS,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    said = map(json.loads, done.stdout.splitlines())
    return [Webhook(event, body.encode(), signature) for event, body, signature in said]
