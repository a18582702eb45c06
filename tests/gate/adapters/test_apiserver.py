"""The way to an API server, with kubeconfig files and servers of HTTP and TLS on loopback."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.authority import Authority, authority
from support.http_stub import Answer, StubServer

from sluicegate.gate.adapters.apiserver import NotConfigured, from_kubeconfig
from sluicegate.gate.adapters.bounded_http import NoAnswer

Write = Callable[..., str]


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Write:
    """Writes a kubeconfig for a server: `user` and `cluster` are merged into its entries."""

    def write(server: str, user: dict[str, Any] | None = None, **cluster: Any) -> str:
        file = tmp_path / "kubeconfig"
        file.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "clusters": [{"name": "c", "cluster": {"server": server, **cluster}}],
                    "users": [{"name": "u", "user": {"token": "secret"} if user is None else user}],
                    "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
                    "current-context": "here",
                }
            )
        )
        return str(file)

    return write


def test_a_request_has_the_token_and_the_servers_own_path(kubeconfig: Write):
    with StubServer(lambda _: b"{}") as server:
        api = from_kubeconfig(kubeconfig(f"{server.url}/k8s/clusters/x/"), None)
        assert api.request("GET", "/version?a=b", 5).body == b"{}"
        (request,) = server.requests
    assert request.target == "/k8s/clusters/x/version?a=b"
    assert request.headers["authorization"] == "Bearer secret"
    assert request.headers["accept"] == "application/json" and "content-type" not in request.headers


def test_a_body_is_sent_as_what_it_is(kubeconfig: Write):
    with StubServer(lambda _: b"{}") as server:
        from_kubeconfig(kubeconfig(server.url), "here").request("PATCH", "/x", 5, b"{}", "application/y+json")
        (request,) = server.requests
    assert (request.method, request.body) == ("PATCH", b"{}")
    assert request.headers["content-type"] == "application/y+json"


@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_is_bounded_in_bytes_and_seconds_whatever_its_status(kubeconfig: Write, status: int):
    with StubServer(lambda _: Answer(status, b"x" * 1000, trickle=0.05)) as server:
        api = from_kubeconfig(kubeconfig(server.url), None)
        with pytest.raises(NoAnswer, match=r"did not answer within 0\.3 s"):
            api.request("GET", "/", 0.3)
    with StubServer(lambda _: Answer(status, b"x" * (9 << 20))) as server:
        api = from_kubeconfig(kubeconfig(server.url), None)
        with pytest.raises(NoAnswer, match="more than 8,388,608 bytes"):
            api.request("GET", "/", 20)


def test_the_machines_proxy_is_used(kubeconfig: Write, monkeypatch):
    with StubServer(lambda _: b"by proxy") as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        api = from_kubeconfig(kubeconfig("http://cluster.invalid:6443"), None)
        assert api.request("GET", "/version", 5).body == b"by proxy"
        assert proxy.requests[0].target == "http://cluster.invalid:6443/version"


def test_a_credential_plug_in_that_fails_later_is_no_answer(kubeconfig: Write):
    with StubServer(lambda _: b"{}") as server:
        api = from_kubeconfig(kubeconfig(server.url), None)

        def fail(_: object) -> None:
            raise RuntimeError("login has expired")

        api._configuration.refresh_api_key_hook = fail
        with pytest.raises(NoAnswer, match=r"no credential could be had \(RuntimeError: login has expired\)"):
            api.request("GET", "/", 5)
        assert server.requests == []


@pytest.mark.parametrize("text", ["", "[", "a: 1", "{}"])
def test_a_file_that_is_not_a_kubeconfig_is_not_a_configuration(tmp_path: Path, text: str):
    file = tmp_path / "kubeconfig"
    file.write_text(text)
    with pytest.raises(NotConfigured):
        from_kubeconfig(str(file), None)


def test_a_context_that_is_not_there_is_not_a_configuration(kubeconfig: Write):
    with pytest.raises(NotConfigured, match="there"):
        from_kubeconfig(kubeconfig("http://127.0.0.1:1"), "there")


@contextmanager
def tls_server(own: Authority, pause: float = 0.0) -> Iterator[str]:
    """A server over TLS that sends ten bytes, with a pause between them; its address."""
    with StubServer(lambda _: Answer(body=b"x" * 10, trickle=pause), certificate=own.file) as server:
        yield server.url


def test_the_certificate_is_checked_against_the_kubeconfigs_authority(kubeconfig: Write, tmp_path: Path):
    own = authority(tmp_path)
    with tls_server(own) as url:
        trusting = from_kubeconfig(kubeconfig(url, **{"certificate-authority-data": own.data}), None)
        assert trusting.request("GET", "/", 5).body == b"x" * 10
        with pytest.raises(NoAnswer, match=r"did not answer: .*certificate"):
            from_kubeconfig(kubeconfig(url), None).request("GET", "/", 5)


@pytest.mark.parametrize(("name", "trusted"), [("api.example.org", True), ("other.example.org", False)])
def test_the_name_of_the_certificate_may_be_another(
    kubeconfig: Write, tmp_path: Path, name: str, trusted: bool
):
    own = authority(tmp_path)
    with tls_server(own) as url:
        file = kubeconfig(url, **{"certificate-authority-data": own.data, "tls-server-name": name})
        api = from_kubeconfig(file, None)
        if trusted:
            assert api.request("GET", "/", 5).status == 200
        else:
            with pytest.raises(NoAnswer, match="did not answer: "):
                api.request("GET", "/", 5)


def test_a_certificate_that_is_not_checked_is_logged(kubeconfig: Write, tmp_path: Path, caplog):
    with tls_server(authority(tmp_path)) as url, caplog.at_level(logging.WARNING):
        api = from_kubeconfig(kubeconfig(url, **{"insecure-skip-tls-verify": True}), None)
        with pytest.warns(match="Unverified HTTPS request"):
            assert api.request("GET", "/", 5).status == 200
    assert f"the certificate of {url} is not checked" in caplog.text


def test_a_server_that_drips_over_tls_is_left_at_the_deadline(kubeconfig: Write, tmp_path: Path):
    own = authority(tmp_path)
    with tls_server(own, pause=0.2) as url:
        api = from_kubeconfig(kubeconfig(url, **{"certificate-authority-data": own.data}), None)
        with pytest.raises(NoAnswer, match=r"did not answer within 0\.5 s"):
            api.request("GET", "/", 0.5)
