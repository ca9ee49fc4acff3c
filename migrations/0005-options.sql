-- Options changed while Hearth ran (src/options): between the environment and the file.
CREATE TABLE stored_option (
  name TEXT NOT NULL PRIMARY KEY,
  -- JSON
  value TEXT NOT NULL,
  updated_at BIGINT NOT NULL,
  -- The key of whoever changed it.
  updated_by TEXT NOT NULL
);
