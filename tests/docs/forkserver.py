"""Runs the program again and again without importing its libraries each time.

A guide calls ``terpseed`` dozens of times, and starting it costs more than most of what it is asked
for. Here one process imports everything once and then forks for each call; the child gets the
caller's arguments, folder, environment and files, and is in every other way the program. Nothing
that starts threads may run before a fork.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from importlib import import_module
from pathlib import Path

_IMPORTED = (
    "terpseed.connection",
    "mysql.connector",
    "polars",
    "duckdb",
    "pyarrow.csv",
    "generate.run",
    "generate.world._story",
    "generate.fill",
    "validate",
    "load",
    "terpseed.show",
    "terpseed.export",
)

CLIENT = """\
#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as s:
    s.connect({address!r})
    about = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(s, [len(about).to_bytes(8, "big")], [0, 1, 2])
    s.sendall(about)
    sys.exit(int(s.makefile().read() or 99))
"""


def serve(address: str) -> None:
    """Answer calls until the process is ended."""
    import_module("terpseed.connection").prefer_c_extension()
    for name in _IMPORTED:
        import_module(name)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            call, _ = server.accept()
            if os.fork() == 0:
                server.close()
                _answer(call)
            call.close()
            _reap()


def _reap() -> None:
    """Take note of children that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _answer(call: socket.socket) -> None:
    """Be the program for one call; does not return."""
    length, files, _, _ = socket.recv_fds(call, 8, 3)
    with call.makefile("rb") as stream:
        arguments, folder, environment = json.loads(stream.read(int.from_bytes(length, "big")))
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["terpseed", *arguments]
    code: object = 1
    try:
        import_module("terpseed.__main__").start()
    except SystemExit as stop:
        code = stop.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        call.sendall(str(code).encode())
        os._exit(0)


if __name__ == "__main__":
    serve(str(Path(sys.argv[1])))
