"""A real HTTP server on loopback whose answers a test sets by path."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

Answer = tuple[int, dict[str, str], bytes]


class Web:
    """`pages[path]` is a body, an answer, or a function of the query's parameters that gives one."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes | Answer | Callable[[dict[str, str]], bytes | Answer]] = {}
        self.asked: list[str] = []
        self.sent: list[tuple[str, str, bytes]] = []
        """Method, path and body of every request that had a body."""
        self.release = threading.Event()
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address = urlsplit(self.path)
                web.asked.append(address.path)
                if length := int(self.headers.get("Content-Length", 0)):
                    web.sent.append((self.command, address.path, self.rfile.read(length)))
                page = web.pages.get(address.path, (404, {}, b"nothing here"))
                if callable(page):
                    page = page({key: values[0] for key, values in parse_qs(address.query).items()})
                status, headers, body = page if isinstance(page, tuple) else (200, {}, page)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_PATCH = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def hang(self, _: dict[str, str]) -> bytes:
        """A page that answers only when the test ends."""
        self.release.wait(30)
        return b""

    def close(self) -> None:
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def web() -> Iterator[Web]:
    web = Web()
    yield web
    web.close()


@pytest.fixture(scope="module")
def lasting_web() -> Iterator[Web]:
    """The same, for all tests of a file."""
    web = Web()
    yield web
    web.close()


@pytest.fixture(scope="module")
def start_prometheus(tmp_path_factory) -> Iterator[Callable[[str], str]]:
    """Starts a real Prometheus with these `scrape_configs` (YAML), which scrapes five times a second."""
    if shutil.which("prometheus") is None:
        pytest.skip("no prometheus binary on PATH: install the Debian package `prometheus`")
    running: list[subprocess.Popen[bytes]] = []

    def start(scrape_configs: str) -> str:
        folder: Path = tmp_path_factory.mktemp("prometheus")
        every = "global: {scrape_interval: 200ms, scrape_timeout: 200ms}\n"
        (folder / "prometheus.yml").write_text(every + scrape_configs)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        words = ["prometheus", f"--config.file={folder / 'prometheus.yml'}", "--log.level=error"]
        words += [f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}"]
        with (folder / "log").open("wb") as log:
            running.append(subprocess.Popen(words, stderr=log, stdout=log))
        return f"http://127.0.0.1:{port}"

    yield start
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
