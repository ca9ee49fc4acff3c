CREATE TABLE affinity_session (
  workspace_id TEXT NOT NULL,
  thread_id TEXT NOT NULL,
  -- The key that opened it; no other key may go on with it.
  key_id TEXT NOT NULL,
  -- Who answered last; null until somebody did.
  host_url TEXT,
  model_id TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, thread_id)
);
CREATE INDEX affinity_session_by_use ON affinity_session (updated_at);

CREATE TABLE console_sessions (
  token_hash TEXT PRIMARY KEY,
  key_id TEXT NOT NULL REFERENCES keys (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE job (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  -- queued, running, succeeded, failed or cancelled
  state TEXT NOT NULL,
  -- At most one unfinished job of a kind has a given key.
  unique_key TEXT,
  payload TEXT NOT NULL,
  result TEXT,
  error_code TEXT,
  error_message TEXT,
  -- How often it was started; a start that a graceful stop undid does not count.
  attempt BIGINT NOT NULL,
  max_attempts BIGINT NOT NULL,
  -- Not before this time, while queued.
  run_at BIGINT NOT NULL,
  -- Who runs it and until when that is certain, while running.
  lease_node TEXT,
  lease_until BIGINT,
  -- Rises with each start: a runner that lost its lease holds an older number and can change nothing.
  fence BIGINT NOT NULL,
  cancel_requested BIGINT NOT NULL,
  progress_done BIGINT,
  progress_total BIGINT,
  progress_note TEXT,
  correlation_id TEXT NOT NULL,
  actor_key_id TEXT,
  created_at BIGINT NOT NULL,
  started_at BIGINT,
  finished_at BIGINT
);
CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX job_newest ON job (created_at, id);
CREATE INDEX job_queued_by_time ON job (kind, run_at) WHERE state = 'queued';
CREATE INDEX job_running_by_lease ON job (kind, lease_until) WHERE state = 'running';
CREATE UNIQUE INDEX job_unfinished_by_key ON job (kind, unique_key) WHERE state IN ('queued', 'running');

CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  scope TEXT NOT NULL,
  kind TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT,
  revoked_at BIGINT,
  revoked_by TEXT
);

CREATE TABLE model_download (
  -- The name of the stage that holds what has arrived.
  stage TEXT NOT NULL PRIMARY KEY,
  -- The validator of that version of the file, null where the server gave none.
  etag TEXT,
  updated_at BIGINT NOT NULL
);

CREATE TABLE model_pull (
  -- The file name in the models folder.
  file TEXT NOT NULL PRIMARY KEY,
  source TEXT NOT NULL,
  blob_id TEXT NOT NULL,
  pulled_at BIGINT NOT NULL
);

CREATE TABLE schema_migrations (
  number BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  applied_at BIGINT NOT NULL
);

CREATE TABLE selftest_retirement (
  retired_at BIGINT NOT NULL
);

CREATE TABLE stored_option (
  name TEXT NOT NULL PRIMARY KEY,
  -- JSON
  value TEXT NOT NULL,
  updated_at BIGINT NOT NULL,
  -- The key of whoever changed it.
  updated_by TEXT NOT NULL
);
