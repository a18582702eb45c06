"""The way to a Kubernetes API server, by the configuration that the `kubernetes` package finds.

The package is imported at the first use, for that takes more than a second. It finds the server and the
credentials (also rotating ones, and those of a plug-in). The requests are made here and not by its
`call_api`: that one reads the whole body of every error, however large it is and however slowly it comes.
"""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sluicegate.gate.adapters.bounded_http import Answer, Deadline, NoAnswer, send, with_deadlines
from sluicegate.specs.errors import SluiceError

if TYPE_CHECKING:
    from urllib3 import PoolManager

_log = logging.getLogger(__name__)


class NotConfigured(SluiceError):
    """No usable configuration of a cluster; the message is the reason alone."""


@dataclass(frozen=True)
class ApiServer:
    """One API server, and the credentials for it."""

    address: str
    _configuration: Any
    _manager: PoolManager

    def request(
        self,
        method: str,
        path: str,
        seconds: float,
        body: bytes | None = None,
        content_type: str = "application/json",
    ) -> Answer:
        """One request; `seconds` bound connecting and the whole answer. Raises NoAnswer."""
        headers = {"Accept": "application/json", **self._credentials()}
        if body is not None:
            headers["Content-Type"] = content_type
        url = self.address.rstrip("/") + path
        return send(self._manager, method, url, Deadline(seconds), headers=headers, body=body)

    def _credentials(self) -> dict[str, str]:
        try:
            settings = self._configuration.auth_settings().values()
        # It may have to read a file or run a plug-in, which raise what they like.
        except Exception as error:
            reason = f"{type(error).__name__}: {str(error)[:300]}"
            raise NoAnswer(f"was not called, as no credential could be had ({reason})") from error
        return {setting["key"]: setting["value"] for setting in settings if setting["value"]}


def from_kubeconfig(files: str | None, context: str | None) -> ApiServer:
    """By a context of kubeconfig files, which are joined as in $KUBECONFIG. Raises NotConfigured.

    Without `files` those of $KUBECONFIG, or else ~/.kube/config; without `context` the current one.
    """
    from kubernetes import client, config

    configuration = client.Configuration()
    try:
        config.load_kube_config(files, context, configuration, persist_config=False)
        return _server(configuration)
    # The loader raises its own ConfigException, YAML's errors, KeyError and more.
    except Exception as error:
        raise NotConfigured(_one_line(error)) from error


def from_pod() -> ApiServer:
    """By the service account of the pod that this runs in. Raises NotConfigured."""
    from kubernetes import client, config

    configuration = client.Configuration()
    try:
        config.load_incluster_config(client_configuration=configuration)
        return _server(configuration)
    except Exception as error:
        raise NotConfigured(_one_line(error)) from error


def _server(configuration: Any) -> ApiServer:
    if not configuration.verify_ssl:
        _log.warning("the certificate of %s is not checked: its kubeconfig says so", configuration.host)
    return ApiServer(configuration.host, configuration, with_deadlines(_manager(configuration)))


def _manager(configuration: Any) -> PoolManager:
    """Connections as the configuration wants them: certificates, names and proxies."""
    import certifi
    import urllib3
    from requests.utils import should_bypass_proxies

    options = {
        "cert_reqs": ssl.CERT_REQUIRED if configuration.verify_ssl else ssl.CERT_NONE,
        "ca_certs": configuration.ssl_ca_cert or certifi.where(),
        "cert_file": configuration.cert_file,
        "key_file": configuration.key_file,
        "maxsize": configuration.connection_pool_maxsize,
    }
    if configuration.assert_hostname is not None:
        options["assert_hostname"] = configuration.assert_hostname
    if configuration.tls_server_name:
        options["server_hostname"] = configuration.tls_server_name
    proxy = configuration.proxy
    if not proxy or should_bypass_proxies(configuration.host, no_proxy=configuration.no_proxy or ""):
        return urllib3.PoolManager(**options)
    return urllib3.ProxyManager(proxy, proxy_headers=configuration.proxy_headers, **options)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
