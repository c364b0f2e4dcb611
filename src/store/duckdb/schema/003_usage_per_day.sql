-- Sums per UTC day and everything that can be asked for except the asset.
-- Several rows may share a key: each commit adds its own partial sums and readers add them up. Sums are BIGINT because
-- adding up HUGEINT columns is 100 times as slow (20 million rows: 4,227 ms against 43 ms); a commit whose sums could
-- pass 2^62 is split into rows that cannot.
CREATE TABLE usage_per_day (
  time_ms BIGINT NOT NULL,        -- start of the day, UTC ms
  organization BIGINT NOT NULL,
  kind UTINYINT NOT NULL,         -- 1 api, 2 delivery, 3 upload, 4 delete, 5 transcode, 6 addon
  space BIGINT NOT NULL,          -- 0: none
  user_id BIGINT NOT NULL,        -- 0: none
  bucket INTEGER NOT NULL,        -- usage_name.id; 0: none
  operation INTEGER NOT NULL,     -- usage_name.id; 0: the empty text
  count BIGINT NOT NULL,          -- sums of the measures of usage_raw
  bytes_in BIGINT NOT NULL,       -- bytes
  bytes_out BIGINT NOT NULL,      -- bytes
  size_delta BIGINT NOT NULL,     -- bytes, may be negative
  objects_delta BIGINT NOT NULL   -- objects, may be negative
);
