"""One frame: the bytes that the log's files put around each delivery.

    ff 55 50 53 | checksum | version | size    | position | payload
    mark        | 4 bytes  | 1 byte  | 4 bytes | 8 bytes  | size bytes

Numbers are little-endian; the checksum is CRC-32 over all that follows it, so no flipped bit goes
unseen. No UTF-8 text contains the byte ff: a payload of JSON can never look like the start of a
frame, and behind damage the next frame is found by its mark. The header is laid out like this in
every version; the version says how to read the payload.
"""

from collections.abc import Iterator
from struct import Struct
from zlib import crc32

from schemas.errors import Fatal, Rejected

MARK = b"\xffUPS"
VERSION = 1
HEADER = Struct("<4sIBIQ")
MAX_PAYLOAD_BYTES = 2**30

_covered = Struct("<BIQ")
_fields = Struct("<IBIQ")


def pack(position: int, payload: bytes) -> bytes:
    """Return the frame that holds a payload at a position.

    Raises Rejected for a payload larger than ``MAX_PAYLOAD_BYTES``.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise Rejected(f"a delivery of {len(payload)} bytes is larger than the log takes")
    covered = _covered.pack(VERSION, len(payload), position) + payload
    return MARK + crc32(covered).to_bytes(4, "little") + covered


def frames(buffer: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield every whole frame in the buffer as (position, first byte, byte behind its last).

    What is no frame, or one whose checksum does not match, is passed over. Raises Fatal at a whole
    frame of a version that this code does not know.
    """
    view = memoryview(buffer)
    at = 0
    while (at := buffer.find(MARK, at)) >= 0 and at + HEADER.size <= len(buffer):
        checksum, version, size, position = _fields.unpack_from(buffer, at + len(MARK))
        end = at + HEADER.size + size
        if end > len(buffer) or crc32(view[at + 8 : end]) != checksum:
            at += 1
            continue
        if version != VERSION:
            raise Fatal(
                f"the log holds frames of format {version}, and this version reads {VERSION}",
                "read it with the Upshot that wrote it, or a newer one",
            )
        yield position, at, end
        at = end
