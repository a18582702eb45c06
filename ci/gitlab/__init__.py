"""GitLab: the report as one note on a merge request."""
