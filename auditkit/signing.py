"""Whose bytes are these: a DSSE envelope with one Ed25519 signature (RFC 8032), and the keys in PEM files.

A key's id is the SHA-256 of the public key, as `openssl pkey -pubin -in public.pem -outform DER | sha256sum` says it.
Make a pair:

    openssl genpkey -algorithm ed25519 -out key.pem
    openssl pkey -in key.pem -pubout -out public.pem
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from auditkit.core.errors import InputError
from auditkit.core.manifest import digest

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MISSING = "Signatures need cryptography. Install it: python -m pip install 'rai-auditkit[verify]'."
PAIR = "Make a pair: openssl genpkey -algorithm ed25519 -out key.pem; openssl pkey -in key.pem -pubout -out public.pem"


def pae(kind: str, body: bytes) -> bytes:
    """What is signed: DSSE's pre-authentication encoding of a payload and its type.

    >>> pae("http://example.com/HelloWorld", b"hello world")
    b'DSSEv1 29 http://example.com/HelloWorld 11 hello world'
    """
    named = kind.encode()
    return b"DSSEv1 %d %b %d %b" % (len(named), named, len(body), body)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload of a type, the id of the key that signed it, and the signature."""

    kind: str
    body: bytes
    keyid: str
    signature: bytes

    @classmethod
    def sealed(cls, kind: str, body: bytes, key: Path) -> Envelope:
        """Signed with the private key in a PEM file.

        Raises `InputError` for a file that holds no Ed25519 key, and where `cryptography` is not installed.
        """
        private = _private(key)
        return cls(kind, body, key_id(private.public_key()), private.sign(pae(kind, body)))

    def not_by(self, key: Path) -> str:
        """Why it is not signed by the public key in a PEM file; nothing where it is. Raises as `sealed` does."""
        public = _public(key)
        from cryptography.exceptions import InvalidSignature

        if self.keyid != key_id(public):
            return f"it says it is signed by the key {self.keyid:.16}, and {key_id(public)[:16]} was given"
        try:
            public.verify(self.signature, pae(self.kind, self.body))
        except InvalidSignature:
            return "its signature is not one of the key that was given"
        return ""

    def to_json(self) -> str:
        """The wire format."""
        signatures = [{"keyid": self.keyid, "sig": b64encode(self.signature).decode()}]
        told = {"payload": b64encode(self.body).decode(), "payloadType": self.kind, "signatures": signatures}
        return json.dumps(told, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, raw: bytes) -> Envelope:
        """Read what `to_json` wrote, and no other form of it: what a signature does not cover must not change either.

        Raises `ValueError`, `KeyError` or `TypeError` for anything else, an envelope with more signatures too.
        """
        told = json.loads(raw)
        (one,) = told["signatures"]
        body, signature = b64decode(told["payload"], validate=True), b64decode(one["sig"], validate=True)
        found = cls(told["payloadType"], body, one["keyid"], signature)
        if found.to_json().encode() != raw:
            raise ValueError("it is not in canonical form")
        return found


def key_id(public: Ed25519PublicKey) -> str:
    """The SHA-256 of a public key, in DER."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return digest(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def _private(path: Path) -> Ed25519PrivateKey:
    raw = _held(path)
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError:
        raise InputError(MISSING) from None
    try:
        found = load_pem_private_key(raw, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, Ed25519PrivateKey):
        raise InputError(f"{path} holds no private Ed25519 key in PEM without a password. {PAIR}")
    return found


def _public(path: Path) -> Ed25519PublicKey:
    raw = _held(path)
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    except ImportError:
        raise InputError(MISSING) from None
    try:
        found = load_pem_public_key(raw)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, Ed25519PublicKey):
        raise InputError(f"{path} holds no public Ed25519 key in PEM. {PAIR}")
    return found


def _held(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"The key {path} cannot be read: {error.strerror or error}.") from error
