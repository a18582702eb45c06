"""Validators judge a pull request's models: one check a question, findings for answers."""
