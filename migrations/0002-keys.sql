-- Credentials: only hashes of secrets are kept.
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

-- Browsers that were logged in with a login link.
CREATE TABLE console_sessions (
  token_hash TEXT PRIMARY KEY,
  key_id TEXT NOT NULL REFERENCES keys (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
