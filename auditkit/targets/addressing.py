"""Where a server is and what its key is called: a key stands in an environment variable and nowhere else."""

from __future__ import annotations

import ipaddress
import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from auditkit.core.arguments import Argument
from auditkit.core.errors import InputError

NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")
LITERAL = re.compile(r"\b(?:sk|gsk|hf|xai|nvapi)[-_][\w-]{16,}|\bAIza[\w-]{30,}|\bAKIA[A-Z0-9]{16}|\bBearer\s", re.I)
"""What the keys of well-known services look like."""
SECRETS = frozenset(
    {"api_key", "apikey", "key", "authorization", "token", "access_token", "secret", "password", "x_api_key"}
)
SHORTEST = 8
"""Letters of the shortest key that is taken out of what a server says: "EMPTY" and "ollama" are words."""


def address(base_url: str, insecure: bool) -> str:
    """The address that requests go to: http or https, no slash at its end, `/v1` where it has no path.

    Raises `InputError` for one that holds a name or a key, and for plain http to another machine.

    >>> address("http://127.0.0.1:8000", False), address("https://api.openai.com/v1/", False)
    ('http://127.0.0.1:8000/v1', 'https://api.openai.com/v1')
    """
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme not in ("http", "https") or not host or not base_url.isprintable() or " " in base_url:
        raise InputError('base_url is no address of a server. Give one, for example "http://127.0.0.1:8000/v1".')
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise InputError(
            f"base_url holds more than an address: what stands before @, or after ? or #, may be a key. Give {host} "
            "alone, and the name of the environment variable that holds the key: key_env."
        )
    if parts.scheme == "http" and not insecure and not loopback(host):
        raise InputError(
            f"http to {host} sends questions and key in the clear. Give an address with https, or ",
            Argument("insecure", True, "target"),
            ".",
        )
    place = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{place}{f':{port}' if port else ''}{parts.path.rstrip('/') or '/v1'}"


def loopback(host: str) -> bool:
    """Whether this is the machine itself.

    >>> loopback("localhost"), loopback("127.0.0.1"), loopback("::1"), loopback("127.0.0.1.example.org")
    (True, True, True, False)
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def keyless(key_env: str, fields: Mapping[str, Any]) -> None:
    """Raise `InputError`, which does not repeat it, where a key stands in place of its variable or in any field."""
    if key_env and (not NAME.fullmatch(key_env) or LITERAL.search(key_env)):
        raise InputError(
            "key_env is no name of an environment variable (capitals, digits and _). Never write the key itself: put "
            "it into a variable, and give the name, for example ",
            Argument("key_env", "OPENAI_API_KEY", "target"),
            ".",
        )
    if named := sorted(name for name in _names(fields.get("extra", {})) if _spelled(name) in SECRETS):
        raise InputError(f'extra has "{named[0]}", which would be recorded. Put the key into a variable: key_env.')
    if _written(key_env, json.dumps(dict(fields), ensure_ascii=False, default=str)):
        raise InputError(
            "A key stands in a field of this endpoint, which would be recorded. Put it into an environment variable, "
            "and give the variable's name: key_env."
        )


def _names(told: Any) -> Iterator[str]:
    """The keys of a table, and of the tables in it."""
    for name, value in told.items() if isinstance(told, Mapping) else ():
        yield str(name)
        yield from _names(value)
    for value in told if isinstance(told, list | tuple) else ():
        yield from _names(value)


def _spelled(name: str) -> str:
    return name.casefold().replace("-", "_")


def _written(key_env: str, fields: str) -> bool:
    """Whether these fields hold the key, or what looks like one."""
    held = key_of(key_env)
    return bool(LITERAL.search(fields)) or (len(held) >= SHORTEST and held in fields)


def key_of(key_env: str) -> str:
    """The key, from the environment, now; nothing where there is none. Raises `InputError` for what is no key."""
    held = os.environ.get(key_env, "").strip() if key_env else ""
    if held.isascii() and (held.isprintable() or not held):
        return held
    del held  # a traceback may be shown with what its frames hold
    raise InputError(f"The environment variable {key_env} holds letters that no key has. Set it again.")


def without_key(content: bytes, key: str) -> bytes:
    """What a server says, its key taken out where it repeats it, in whatever way JSON spells its letters.

    >>> without_key(rb'{"a": "sk\\/abcdef, \\u0073k/abcdef"}', "sk/abcdef")
    b'{"a": "[key], [key]"}'
    """
    if len(key) < SHORTEST:
        return content
    plain = {letter: r"\\?/" if letter == "/" else re.escape(letter) for letter in key}
    letters = [rf"(?:{plain[letter]}|\\u{ord(letter):04x})" for letter in key]
    return re.sub("".join(letters).encode(), b"[key]", content, flags=re.IGNORECASE)
