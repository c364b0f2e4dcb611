-- Facts about the store itself, one row per name.
CREATE TABLE store_state (
  name VARCHAR PRIMARY KEY,       -- raw_from_ms: raw rows before this time (UTC ms) have been dropped
  value BIGINT NOT NULL
);
