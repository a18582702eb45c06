"""The tables of the forge's database."""

from __future__ import annotations

TABLES = """
CREATE TABLE IF NOT EXISTS repositories (
  id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, name TEXT NOT NULL, description TEXT,
  created_at TEXT NOT NULL, next_number INTEGER NOT NULL DEFAULT 1, UNIQUE (owner, name));
CREATE TABLE IF NOT EXISTS pulls (
  id INTEGER PRIMARY KEY AUTOINCREMENT, repository INTEGER NOT NULL REFERENCES repositories,
  number INTEGER NOT NULL,
  title TEXT NOT NULL, body TEXT, state TEXT NOT NULL DEFAULT 'open', draft INTEGER NOT NULL DEFAULT 0,
  head_ref TEXT NOT NULL, base_ref TEXT NOT NULL, base_sha TEXT NOT NULL, author TEXT NOT NULL,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL, closed_at TEXT, merged_at TEXT, merged_by TEXT,
  merge_sha TEXT,
  UNIQUE (repository, number));
CREATE TABLE IF NOT EXISTS forks (
  repository INTEGER PRIMARY KEY REFERENCES repositories, parent INTEGER NOT NULL REFERENCES repositories);
CREATE TABLE IF NOT EXISTS heads_in_forks (
  pull INTEGER PRIMARY KEY REFERENCES pulls, repository INTEGER NOT NULL REFERENCES repositories);
CREATE TABLE IF NOT EXISTS comments (
  id INTEGER PRIMARY KEY AUTOINCREMENT, repository INTEGER NOT NULL REFERENCES repositories,
  number INTEGER NOT NULL,
  author TEXT NOT NULL, body TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS comments_of ON comments (repository, number);
CREATE TABLE IF NOT EXISTS labels (
  id INTEGER PRIMARY KEY AUTOINCREMENT, repository INTEGER NOT NULL REFERENCES repositories,
  name TEXT NOT NULL COLLATE NOCASE, color TEXT NOT NULL, description TEXT, UNIQUE (repository, name));
CREATE TABLE IF NOT EXISTS labelled (
  label INTEGER NOT NULL REFERENCES labels ON DELETE CASCADE, number INTEGER NOT NULL,
  PRIMARY KEY (label, number));
CREATE TABLE IF NOT EXISTS check_runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, repository INTEGER NOT NULL REFERENCES repositories,
  head_sha TEXT NOT NULL,
  name TEXT NOT NULL, author TEXT NOT NULL, status TEXT NOT NULL, conclusion TEXT, started_at TEXT,
  completed_at TEXT,
  details_url TEXT, external_id TEXT, title TEXT, summary TEXT, text TEXT);
CREATE INDEX IF NOT EXISTS check_runs_of ON check_runs (repository, head_sha);
CREATE TABLE IF NOT EXISTS annotations (
  id INTEGER PRIMARY KEY AUTOINCREMENT, check_run INTEGER NOT NULL REFERENCES check_runs,
  content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS statuses (
  id INTEGER PRIMARY KEY AUTOINCREMENT, repository INTEGER NOT NULL REFERENCES repositories,
  sha TEXT NOT NULL,
  context TEXT NOT NULL, state TEXT NOT NULL, description TEXT, target_url TEXT, author TEXT NOT NULL,
  created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS statuses_of ON statuses (repository, sha);
CREATE TABLE IF NOT EXISTS hooks (
  id INTEGER PRIMARY KEY AUTOINCREMENT, repository INTEGER NOT NULL REFERENCES repositories,
  url TEXT NOT NULL, secret TEXT NOT NULL, content_type TEXT NOT NULL, events TEXT NOT NULL,
  active INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT, hook INTEGER NOT NULL REFERENCES hooks ON DELETE CASCADE,
  guid TEXT NOT NULL, event TEXT NOT NULL, action TEXT, payload TEXT NOT NULL, redelivery INTEGER NOT NULL,
  delivered_at TEXT NOT NULL, duration REAL NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0,
  status TEXT NOT NULL, status_code INTEGER NOT NULL DEFAULT 0, answer TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS deliveries_of ON deliveries (hook, id);
CREATE TABLE IF NOT EXISTS told_refs (
  repository INTEGER NOT NULL REFERENCES repositories, ref TEXT NOT NULL, sha TEXT NOT NULL,
  PRIMARY KEY (repository, ref));
CREATE TABLE IF NOT EXISTS reviews (
  id INTEGER PRIMARY KEY AUTOINCREMENT, repository INTEGER NOT NULL REFERENCES repositories,
  number INTEGER NOT NULL,
  author TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL, commit_id TEXT NOT NULL,
  submitted_at TEXT);
CREATE INDEX IF NOT EXISTS reviews_of ON reviews (repository, number);
CREATE TABLE IF NOT EXISTS reactions (
  id INTEGER PRIMARY KEY AUTOINCREMENT, comment INTEGER NOT NULL REFERENCES comments ON DELETE CASCADE,
  author TEXT NOT NULL, content TEXT NOT NULL, created_at TEXT NOT NULL, UNIQUE (comment, author, content));
CREATE TABLE IF NOT EXISTS deployments (
  id INTEGER PRIMARY KEY AUTOINCREMENT, repository INTEGER NOT NULL REFERENCES repositories,
  sha TEXT NOT NULL, ref TEXT NOT NULL, task TEXT NOT NULL, payload TEXT NOT NULL,
  environment TEXT NOT NULL, original_environment TEXT NOT NULL, description TEXT,
  transient INTEGER NOT NULL, production INTEGER NOT NULL, author TEXT NOT NULL,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS deployments_of ON deployments (repository, environment);
CREATE TABLE IF NOT EXISTS deployment_statuses (
  id INTEGER PRIMARY KEY AUTOINCREMENT, deployment INTEGER NOT NULL REFERENCES deployments ON DELETE CASCADE,
  state TEXT NOT NULL, description TEXT NOT NULL, environment TEXT NOT NULL, environment_url TEXT NOT NULL,
  log_url TEXT NOT NULL, author TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS deployment_statuses_of ON deployment_statuses (deployment);
CREATE TABLE IF NOT EXISTS workflow_runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, repository INTEGER NOT NULL REFERENCES repositories,
  path TEXT NOT NULL, name TEXT NOT NULL, event TEXT NOT NULL, head_branch TEXT, head_sha TEXT NOT NULL,
  title TEXT NOT NULL, status TEXT NOT NULL, conclusion TEXT, author TEXT NOT NULL,
  run_number INTEGER NOT NULL, attempt INTEGER NOT NULL DEFAULT 1,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS runs_of_forks (
  run INTEGER PRIMARY KEY REFERENCES workflow_runs, repository INTEGER NOT NULL REFERENCES repositories);
CREATE TABLE IF NOT EXISTS artifacts (
  id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL REFERENCES workflow_runs,
  name TEXT NOT NULL, digest TEXT NOT NULL, content BLOB NOT NULL, created_at TEXT NOT NULL,
  UNIQUE (run, name));
CREATE TABLE IF NOT EXISTS rulesets (
  id INTEGER PRIMARY KEY AUTOINCREMENT, repository INTEGER NOT NULL REFERENCES repositories,
  name TEXT NOT NULL, target TEXT NOT NULL, enforcement TEXT NOT NULL, bypass_actors TEXT NOT NULL,
  conditions TEXT NOT NULL, rules TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
  UNIQUE (repository, name));
"""
