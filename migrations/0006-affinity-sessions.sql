-- Which host a conversation stays with (src/sessions). No content: names, times and addresses only.
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
