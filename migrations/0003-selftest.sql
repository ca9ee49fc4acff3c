-- Holds a row once a real model was seen: from then on the self-test model is no longer offered by itself.
CREATE TABLE selftest_retirement (
  retired_at BIGINT NOT NULL
);
