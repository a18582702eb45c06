"""Builders that tests of several parts share: repositories, specs, releases, a clock, an HTTP server.

Kept on pytest's path (`from support.http_stub import StubServer`), because the tests are not a package.
"""
