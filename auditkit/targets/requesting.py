"""One question to a server: made again where that may help, in time, at its pace, and its key nowhere but on the way.

A request is made again after 429, an error of the server, a time-out, a dropped connection or a reply that cannot be
read. What the user must mend (a wrong key, an unknown model, a question that the server does not take) ends the run:
every other question would meet the same. The key is read from the environment for each request; no error that leaves
this file has a frame of the library that held it.
"""

from __future__ import annotations

import json
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from auditkit.core.arguments import Argument
from auditkit.core.errors import InputError
from auditkit.targets.addressing import key_of, loopback, without_key
from auditkit.targets.failing import Fault, RateLimited, Rejected, ServerError, TimedOut, Unreachable, Unreadable
from auditkit.targets.pacing import Limiter, pause, retry_after

T = TypeVar("T")

LARGEST = 32 * 2**20
"""Bytes of the longest reply that is read."""
LONGEST = 600.0
"""Seconds of the longest wait that a server may ask for."""
AGAIN = frozenset({408, 425, 429})
OWN_FAULT = frozenset({400, 413, 422})
"""What is said of one request; of a server that has answered others it is this question's fault, else the settings'."""
"""What is made again, beside 500 and above."""
FILTERED = frozenset({"content_filter", "content_policy_violation"})
"""How a server says, by an error, that a filter withheld the answer."""


class Client:
    """A way to one server, for all threads: connections, pace, and a count of what was met.

    `ask` sends a question and gives what `read` makes of the reply; `read` raises `Unreadable` for what is none.
    """

    def __init__(self, url: str, key_env: str, timeout: float, retries: int, per_minute: float | None) -> None:
        self.url, self.key_env, self.timeout, self.retries = url, key_env, timeout, retries
        self.near = loopback(urlsplit(url).hostname or "")
        self._limiter, self._lock = Limiter(per_minute), threading.Lock()
        self._met: Counter[str] = Counter()
        self._heard = self._well = False
        self._http: Any = None

    @property
    def met(self) -> Counter[str]:
        """What was met so far."""
        with self._lock:
            return self._met.copy()

    def count(self, what: str) -> None:
        """Count one more."""
        with self._lock:
            self._met[what] += 1

    def ask(self, path: str, body: Mapping[str, Any], seed: int, read: Callable[[Any], T]) -> T:
        """Ask until there is an answer, at most `retries` times more than once.

        Raises the kind of the last fault (`RateLimited`, `ServerError`, `TimedOut`, `Unreachable`, `Unreadable`) where
        there is none, `Rejected` at once for a question that a server which answers others does not take, and
        `InputError` where the whole run would go the same way.
        """
        self._opened()  # which takes its time, and would eat up the first pauses
        attempt = 0
        while True:
            self._limiter.wait()
            found = self._once(path, body, read)
            if not isinstance(found, Fault):
                return found
            self.count(found.met)
            last = attempt == self.retries
            self._mendable(found, last)
            if last:
                raise found.kind(f"{found.what}; asked {attempt + 1} times")
            self.count("retries")
            time.sleep(pause(attempt, seed, found.after))
            attempt += 1

    def _mendable(self, fault: Fault, last: bool) -> None:
        """Raise `InputError` where the whole run would go the same way: it can go on later where it stopped."""
        if (fault.after or 0) > LONGEST:
            raise InputError(
                f"{self.url} asks to be left alone for {fault.after:,.0f} s. Ask again then: what is recorded is kept."
            )
        if last and not fault.contact and not self._heard:
            raise InputError(f"{self.url} cannot be reached: {fault.what}. Start the server, or mend base_url.")

    def _once(self, path: str, body: Mapping[str, Any], read: Callable[[Any], T]) -> T | Fault:
        """One request: what was read, or why nothing was."""
        sent = self._sent(path, body)
        if isinstance(sent, Fault):
            return sent
        self._heard = True
        status, after, content = sent
        if status in AGAIN or status >= 500:
            return _asked_back(status, after, content)
        if status != 200 and not _filtered(content):
            if status in OWN_FAULT and self._well:
                self.count(str(status))
                raise Rejected(f"the server answered {status}")
            raise InputError(refused(status, content, self.url, self.key_env))
        try:
            found = read(_document(content))
            self._well = True
            return found
        except (ValueError, RecursionError):
            return Fault(Unreadable, "the reply was no JSON", "broken")
        except Unreadable as error:
            return Fault(Unreadable, str(error), "broken")
        except (AttributeError, LookupError, OverflowError, TypeError):  # of another shape than any protocol has
            return Fault(Unreadable, "the reply could not be read", "broken")

    def _sent(self, path: str, body: Mapping[str, Any]) -> tuple[int, float | None, bytes] | Fault:
        """The status, how long to wait, and the body without the key. The library's errors end here, with no chain."""
        http, begun, sent = self._opened(), False, json.dumps(dict(body)).encode()
        import httpx2

        try:
            with http.stream("POST", f"{self.url}/{path}", content=sent, headers=self._headers()) as reply:
                begun = True
                status, after = reply.status_code, retry_after(reply.headers.get("retry-after"))
                content = self._whole(reply)
        except (httpx2.TimeoutException, TimeoutError):
            return Fault(TimedOut, f"no whole answer within {self.timeout:g} s", "time-outs")
        except httpx2.ConnectError as error:
            return Fault(Unreachable, f"no connection ({printable(str(error))})", "unreachable", contact=False)
        except (httpx2.TransportError, httpx2.DecodingError):
            if begun:
                return Fault(Unreadable, "the reply was broken off", "broken")
            return Fault(Unreachable, "the connection was dropped", "unreachable")
        if len(content) > LARGEST:
            return Fault(Unreadable, f"the reply was longer than {LARGEST // 2**20} MB", "broken")
        return status, after, without_key(content, key_of(self.key_env))

    def _whole(self, reply: Any) -> bytes:
        """The body, however slowly it drips, as far as the time and the longest reply go; raises `TimeoutError`."""
        until, parts, size = time.monotonic() + self.timeout, [], 0
        for part in reply.iter_bytes():
            parts.append(part)
            size += len(part)
            if time.monotonic() > until:
                raise TimeoutError
            if size > LARGEST:
                break
        return b"".join(parts)

    def _headers(self) -> dict[str, str]:
        """With the key, where there is one; raises `InputError` where another machine would be asked without it."""
        if key_of(self.key_env):
            return {"Authorization": f"Bearer {key_of(self.key_env)}"}
        if self.key_env and not self.near:
            raise InputError(
                f"The environment variable {self.key_env} is not set, and {urlsplit(self.url).hostname} wants a key. "
                "Set it; or give ",
                Argument("key_env", "", "target"),
                " where the server asks for none.",
            )
        return {}

    def _opened(self) -> Any:
        """The connections, opened once and closed with the last who could ask; no cookies, no redirects."""
        with self._lock:
            if self._http is None:
                try:
                    import httpx2
                except ImportError:
                    raise InputError(
                        "An endpoint needs httpx2. Install it: python -m pip install 'rai-auditkit[endpoint]'."
                    ) from None
                self._http = httpx2.Client(
                    timeout=self.timeout,
                    limits=httpx2.Limits(max_connections=None),
                    follow_redirects=False,
                    trust_env=not self.near,
                    cookies=_no_cookies(),
                    headers={"User-Agent": "auditkit", "Content-Type": "application/json"},
                )
                weakref.finalize(self, self._http.close)
            return self._http


def refused(status: int, content: bytes, url: str, key_env: str) -> str:
    """The sentence of an answer that no retry changes: what to do, and what the server said."""
    todo = {
        401: f"Put a key that it knows into the environment variable {key_env or '(key_env names none)'}.",
        403: f"The key in {key_env or '(key_env names none)'} may not ask for this: ask its owner, or another model.",
        404: "Mend base_url, api or the name of the model.",
    }.get(status, "It is sent elsewhere: give that address." if status < 400 else "Change the settings or the prompt.")
    said = _message(content)
    return f"{url} answered {status}{f': {said}' if said else ''}. {todo}"


def printable(text: str, most: int = 200) -> str:
    """A sentence of somebody else: in one line, without control characters, shortened.

    >>> printable("no" + chr(27) + "[31m " + chr(0x202E) + "such   model.")
    'no [31m such model'
    """
    shown = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split()).rstrip(".")
    return shown if len(shown) <= most else f"{shown[:most]}..."


def _asked_back(status: int, after: float | None, content: bytes) -> Fault:
    """What may be made again; an account that has run dry is none of it."""
    if status == 429 and _error(content).get("code") == "insufficient_quota":
        raise InputError(
            f"The server's account has nothing left: {_message(content)}. Fill it, and ask again: what is "
            "recorded is kept."
        )
    kind = {429: RateLimited, 408: TimedOut}.get(status, ServerError)
    return Fault(kind, f"the server answered {status}", str(status), after)


def _document(content: bytes) -> Any:
    """JSON as the standard has it: no NaN, UTF-8."""

    def refuse(name: str) -> None:
        raise ValueError(name)

    return json.loads(content.decode(), parse_constant=refuse)


def _error(content: bytes) -> Mapping[str, Any]:
    """What the server says of its error, in any of the usual shapes."""
    try:
        told = _document(content)
    except (ValueError, RecursionError):
        return {"message": content[:1000].decode(errors="replace")}
    told = told.get("error", told) if isinstance(told, dict) else told
    return {**told, "code": str(told.get("code"))} if isinstance(told, dict) else {"message": str(told)}


def _message(content: bytes) -> str:
    told = _error(content)
    return printable(str(told.get("message") or told.get("detail") or ""))


def _filtered(content: bytes) -> bool:
    return _error(content).get("code") in FILTERED


def _no_cookies() -> Any:
    """A jar that takes nothing: what a server tells one thread is no affair of another."""
    from http.cookiejar import CookieJar, DefaultCookiePolicy

    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))
