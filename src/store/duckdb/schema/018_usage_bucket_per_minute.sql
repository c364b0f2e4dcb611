-- Sums per UTC minute and bucket.
-- Kept for two days unless set otherwise: older minutes are answered from usage_raw as long as it has them.
-- Several rows may share a key, see docs/decisions/0003-roll-ups-hold-partial-sums.md.
CREATE TABLE usage_bucket_per_minute (
  minute BIGINT NOT NULL,         -- minutes since 1970-01-01T00:00Z
  organization BIGINT NOT NULL,
  bucket INTEGER NOT NULL,        -- usage_name.id; 0: none
  kind UTINYINT NOT NULL,         -- 1 api, 2 delivery, 3 upload, 4 delete, 5 transcode, 6 addon
  level UTINYINT NOT NULL,        -- 0 as committed, from 1 merged and in order; see compaction.ts
  count BIGINT NOT NULL,          -- sums of the measures of usage_raw
  bytes_in BIGINT NOT NULL,       -- bytes
  bytes_out BIGINT NOT NULL,      -- bytes
  size_delta BIGINT NOT NULL,     -- bytes, may be negative
  objects_delta BIGINT NOT NULL   -- objects, may be negative
);
