"""A site of this machine whose pages a test sets, and a real Prometheus that scrapes it."""

import shutil
import socket
import subprocess
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from support.http_stub import Site
from support.scraped import Exporter, Observed


@pytest.fixture
def web() -> Iterator[Site]:
    with Site() as site:
        yield site


@pytest.fixture(scope="module")
def lasting_web() -> Iterator[Site]:
    """The same, for all tests of a file."""
    with Site() as site:
        yield site


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
        command = ["prometheus", f"--config.file={folder / 'prometheus.yml'}", "--log.level=error"]
        command += [f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}"]
        with (folder / "log").open("wb") as log:
            running.append(subprocess.Popen(command, stderr=log, stdout=log))
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


@pytest.fixture(scope="module")
def prometheus(lasting_web, start_prometheus) -> tuple[str, Exporter]:
    """A real Prometheus that scrapes a real endpoint: its address, and the exporter."""
    exporter = Exporter()
    lasting_web.pages["/metrics"] = exporter.page
    target = lasting_web.url.removeprefix("http://")
    url = start_prometheus(
        dedent(f"""\
            scrape_configs:
            - job_name: gateway
              static_configs: [{{targets: ["{target}"], labels: {{cluster: "here"}}}}]
            """)
    )
    return url, exporter


@pytest.fixture
def observed(prometheus, request) -> Iterator[Observed]:
    url, exporter = prometheus
    observed = Observed(url, exporter, f"m{zlib.crc32(request.node.name.encode())}")
    yield observed
    exporter.figures.remove(observed.figures)
    exporter.broken = False
