"""Notices of every verdict and decision: CloudEvents over HTTP, and messages for chats."""
