"""`https://host/path`: any web server; resumed where it knows ranges, with credentials of ~/.netrc."""

from __future__ import annotations

import base64
import logging
import netrc
import urllib.parse
from contextlib import AbstractContextManager

from sluicegate.specs.artifacts.access import Access
from sluicegate.specs.artifacts.addresses import check_address
from sluicegate.specs.artifacts.http import Answer
from sluicegate.specs.artifacts.reference import Reference

FROM_STRANGERS = True
_log = logging.getLogger(__name__)


def open(reference: Reference, start: int, access: Access) -> AbstractContextManager[Answer]:
    """Its bytes. Raises as `Http.open` does."""
    url = check_address(reference.uri or "", query=True)
    host = urllib.parse.urlsplit(url).hostname or ""
    return access.http.open(url, netrc_credentials(host) if access.may_use_credentials(host) else {}, start)


def netrc_credentials(host: str) -> dict[str, str]:
    """The header that ~/.netrc has for a host; none without, or where others may read the file."""
    try:
        found = netrc.netrc().hosts.get(host)
    except netrc.NetrcParseError as error:
        _log.warning("~/.netrc is not used: %s", error.msg)
        return {}
    except OSError:
        return {}
    if found is None:
        return {}
    login, _, password = found
    return {"Authorization": f"Basic {base64.b64encode(f'{login}:{password}'.encode()).decode()}"}
