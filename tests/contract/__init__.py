"""The embedded forge held against GitHub's own description of its REST API (npm `@octokit/openapi`)."""
