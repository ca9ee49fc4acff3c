-- Made by `npm run generate` of the migrations with SHA-256 73b59369ea9770682f08519396bc4278e9cd2edf0bc5e023916563963ae585e4.

CREATE TABLE affinity_session (
  workspace_id TEXT COLLATE "C" NOT NULL,
  thread_id TEXT COLLATE "C" NOT NULL,
  key_id TEXT COLLATE "C" NOT NULL,
  host_url TEXT COLLATE "C",
  model_id TEXT COLLATE "C",
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, thread_id)
);
CREATE INDEX affinity_session_by_use ON affinity_session USING btree (updated_at);

CREATE TABLE console_sessions (
  token_hash TEXT COLLATE "C" NOT NULL,
  key_id TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (token_hash),
  FOREIGN KEY (key_id) REFERENCES keys(id)
);

CREATE TABLE job (
  id TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  unique_key TEXT COLLATE "C",
  payload TEXT COLLATE "C" NOT NULL,
  result TEXT COLLATE "C",
  error_code TEXT COLLATE "C",
  error_message TEXT COLLATE "C",
  attempt BIGINT NOT NULL,
  max_attempts BIGINT NOT NULL,
  run_at BIGINT NOT NULL,
  lease_node TEXT COLLATE "C",
  lease_until BIGINT,
  fence BIGINT NOT NULL,
  cancel_requested BIGINT NOT NULL,
  progress_done BIGINT,
  progress_total BIGINT,
  progress_note TEXT COLLATE "C",
  correlation_id TEXT COLLATE "C" NOT NULL,
  actor_key_id TEXT COLLATE "C",
  created_at BIGINT NOT NULL,
  started_at BIGINT,
  finished_at BIGINT,
  PRIMARY KEY (id)
);
CREATE INDEX job_finished ON job USING btree (finished_at) WHERE (finished_at IS NOT NULL);
CREATE INDEX job_newest ON job USING btree (created_at, id);
CREATE INDEX job_queued_by_time ON job USING btree (kind, run_at) WHERE (state = 'queued'::text);
CREATE INDEX job_running_by_lease ON job USING btree (kind, lease_until) WHERE (state = 'running'::text);
CREATE UNIQUE INDEX job_unfinished_by_key ON job USING btree (kind, unique_key) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text]));

CREATE TABLE keys (
  id TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  secret_hash TEXT COLLATE "C" NOT NULL,
  scope TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C",
  revoked_at BIGINT,
  revoked_by TEXT COLLATE "C",
  UNIQUE (secret_hash),
  PRIMARY KEY (id)
);

CREATE TABLE model_download (
  stage TEXT COLLATE "C" NOT NULL,
  etag TEXT COLLATE "C",
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (stage)
);

CREATE TABLE model_pull (
  file TEXT COLLATE "C" NOT NULL,
  source TEXT COLLATE "C" NOT NULL,
  blob_id TEXT COLLATE "C" NOT NULL,
  pulled_at BIGINT NOT NULL,
  PRIMARY KEY (file)
);

CREATE TABLE schema_migrations (
  number BIGINT NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  sha256 TEXT COLLATE "C" NOT NULL,
  applied_at BIGINT NOT NULL,
  PRIMARY KEY (number)
);

CREATE TABLE selftest_retirement (
  retired_at BIGINT NOT NULL
);

CREATE TABLE stored_option (
  name TEXT COLLATE "C" NOT NULL,
  value TEXT COLLATE "C" NOT NULL,
  updated_at BIGINT NOT NULL,
  updated_by TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (name)
);
