"""The one error a peer's bytes can cause. Anything else that malformed input raises is our bug.

Spec: docs/protocol.md, Errors.
"""


class ProtocolError(Exception):
    """Bytes from a peer were refused: wrong size, wrong encoding, wrong key, or a value that is never sent.

    The message names the rule that was broken; it never carries bytes, keys, addresses or identifiers.
    """
