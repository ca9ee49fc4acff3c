-- Background work that survives a restart (src/platform/jobs). Times are milliseconds since the epoch.
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
CREATE UNIQUE INDEX job_unfinished_by_key ON job (kind, unique_key) WHERE state IN ('queued', 'running');
CREATE INDEX job_queued_by_time ON job (kind, run_at) WHERE state = 'queued';
CREATE INDEX job_running_by_lease ON job (kind, lease_until) WHERE state = 'running';
CREATE INDEX job_newest ON job (created_at, id);
CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL;
