-- Sums per UTC month and asset.
-- Several rows may share a key, see docs/decisions/0003-roll-ups-hold-partial-sums.md.
CREATE TABLE usage_asset_per_month (
  day BIGINT NOT NULL,            -- first day of the month, days since 1970-01-01, UTC
  organization BIGINT NOT NULL,
  space BIGINT NOT NULL,          -- 0: none
  asset BIGINT NOT NULL,          -- 0: none
  kind UTINYINT NOT NULL,         -- 1 api, 2 delivery, 3 upload, 4 delete, 5 transcode, 6 addon
  level UTINYINT NOT NULL,        -- 0 as committed, from 1 merged and in order; see compaction.ts
  count BIGINT NOT NULL,          -- sums of the measures of usage_raw
  bytes_in BIGINT NOT NULL,       -- bytes
  bytes_out BIGINT NOT NULL,      -- bytes
  size_delta BIGINT NOT NULL,     -- bytes, may be negative
  objects_delta BIGINT NOT NULL   -- objects, may be negative
);
