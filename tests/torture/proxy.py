"""A TCP proxy before a server that breaks connections in the ways in which networks do."""

from __future__ import annotations

import random
import select
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from types import TracebackType

Manner = Literal["cut", "half", "stall", "delay", "pass"]

_BLOCK = 1 << 16
_MOST = 700_000  # bytes after which a connection is broken, at most


class Proxy:
    """Forwards connections to a server.

    ``cut`` closes a connection on both sides after a random number of bytes; ``half`` closes the
    client's side alone, so that the server is not told; ``stall`` forwards nothing for a while;
    ``delay`` holds up every block; ``pass`` does nothing.

    Args:
        port: the server's, on the loopback address.
        manner: what it does to connections.
        seed: of the random numbers.
    """

    def __init__(self, port: int, manner: Manner, seed: int) -> None:
        self._server, self._manner = port, manner
        self._random = random.Random(seed)  # noqa: S311 -- moments, not secrets
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stop = threading.Event()
        self._kept: list[socket.socket] = []
        self.broken = 0
        self.faults = 3  # connections that are broken; then it lets all of them pass

    @property
    def port(self) -> int:
        """The port to connect to."""
        port: int = self._listener.getsockname()[1]
        return port

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        for one in (self._listener, *self._kept):
            with suppress(OSError):
                one.close()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server))
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client, server), daemon=True).start()

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        left = self._random.randrange(2_000, _MOST) if self.faults > 0 else 0
        moved = 0
        with suppress(OSError):
            while not self._stop.is_set():
                ready, _, _ = select.select([client, server], [], [], 0.2)
                for one in ready:
                    block = one.recv(_BLOCK)
                    if not block:
                        return self._close(client, server)
                    moved += len(block)
                    if self._manner == "delay":
                        time.sleep(self._random.uniform(0, 0.02))
                    if left and moved >= left and self.faults > 0:
                        self.faults -= 1
                        self.broken += 1
                        left = 0
                        if self._manner in {"cut", "half"}:
                            return self._break(client, server)
                        if self._manner == "stall":
                            time.sleep(self._random.uniform(0.5, 2.5))
                    (server if one is client else client).sendall(block)
        return self._close(client, server)

    def _break(self, client: socket.socket, server: socket.socket) -> None:
        client.close()
        if self._manner == "half":
            self._kept.append(server)  # the server goes on waiting for us
        else:
            server.close()

    def _close(self, client: socket.socket, server: socket.socket) -> None:
        client.close()
        server.close()
