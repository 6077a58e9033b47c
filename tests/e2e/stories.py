"""The story pages of `frontend/stories`, served as files under the policy of a careful host."""

from __future__ import annotations

import functools
import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

__all__ = ["names", "serve", "story"]

ROOT = Path(__file__).parents[2]
FOLDER = "frontend/stories"
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types lit-html",
    ]
)


class Files(http.server.SimpleHTTPRequestHandler):
    """The files of the project."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path != "/favicon.ico":
            return super().do_GET()
        # A browser asks for it by itself.
        self.send_response(HTTPStatus.NO_CONTENT)
        return self.end_headers()

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serve() -> Iterator[str]:
    """Serve the project's files; return the address of the stories."""
    handler = functools.partial(Files, directory=str(ROOT))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/{FOLDER}/"
        finally:
            server.shutdown()
            thread.join()


def names() -> list[str]:
    """Return the names of the stories, as they stand in the catalogue."""
    source = (ROOT / FOLDER / "catalogue.js").read_text()
    _, catalogue = source.split("export const stories = {")
    return re.findall(r'^  "?([a-z0-9-]+)"?: ', catalogue, re.MULTILINE)


def story(name: str, look: str = "light") -> str:
    """Return the address of a story below the stories: `light`, `dark` or `rtl`."""
    query = "dir=rtl" if look == "rtl" else f"theme={look}"
    return f"index.html?story={name}&{query}"
