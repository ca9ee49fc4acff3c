-- Model files that Hearth downloaded (src/catalog). Times are milliseconds since the epoch.
CREATE TABLE model_pull (
  -- The file name in the models folder.
  file TEXT NOT NULL PRIMARY KEY,
  source TEXT NOT NULL,
  blob_id TEXT NOT NULL,
  pulled_at BIGINT NOT NULL
);

-- Downloads that have not ended: what is needed to go on with one.
CREATE TABLE model_download (
  -- The name of the stage that holds what has arrived.
  stage TEXT NOT NULL PRIMARY KEY,
  -- The validator of that version of the file, null where the server gave none.
  etag TEXT,
  updated_at BIGINT NOT NULL
);
