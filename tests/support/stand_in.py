"""A local server that replaces AWS and records the calls that reach it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer

__all__ = ["stand_in_for_aws"]


@contextmanager
def stand_in_for_aws() -> Iterator[tuple[str, list[str]]]:
    """Start the server, and yield its URL and the list of the operations that it receives."""
    operations: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            operations.append(self.headers.get("X-Amz-Target", "").rpartition(".")[2])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"containerServices": []}')

        def log_message(self, *args: object) -> None:
            pass

    # HTTPServer would look up its own name in DNS.
    server = ThreadingTCPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", operations
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
