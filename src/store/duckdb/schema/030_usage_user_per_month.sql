-- Sums per UTC month and user. Operations are not told apart: with them there are seven times as many rows.
-- Several rows may share a key, see docs/decisions/0003-roll-ups-hold-partial-sums.md.
CREATE TABLE usage_user_per_month (
  day BIGINT NOT NULL,            -- first day of the month, days since 1970-01-01, UTC
  organization BIGINT NOT NULL,
  user_id BIGINT NOT NULL,        -- 0: none
  kind UTINYINT NOT NULL,         -- 1 api, 2 delivery, 3 upload, 4 delete, 5 transcode, 6 addon
  level UTINYINT NOT NULL,        -- 0 as committed, from 1 merged and in order; see compaction.ts
  count BIGINT NOT NULL,          -- sums of the measures of usage_raw
  bytes_in BIGINT NOT NULL,       -- bytes
  bytes_out BIGINT NOT NULL,      -- bytes
  size_delta BIGINT NOT NULL,     -- bytes, may be negative
  objects_delta BIGINT NOT NULL   -- objects, may be negative
);
-- What the days of a store hold that is older than this table; raw rows may be gone. Days that were dropped stand at day 0,
-- and the month in which they end goes there as a whole, as its first days can no longer be told apart from the rest.
-- Sums of more than 2^36 stay rows of their own: 67 million smaller ones stay below 2^62.
INSERT INTO usage_user_per_month
WITH kept AS (
  SELECT max(value) AS from_ms FROM store_state WHERE name = 'kept_from/usage_user_per_day'
), month_kept AS (
  SELECT CASE
    WHEN from_ms = epoch_ms(date_trunc('month', make_timestamp(from_ms * 1000))) THEN from_ms
    ELSE epoch_ms(date_trunc('month', make_timestamp(from_ms * 1000)) + INTERVAL 1 MONTH)
  END AS from_ms FROM kept
), piece AS (
  SELECT
    CASE
      WHEN day * 86400000 < (SELECT coalesce(from_ms, 0) FROM month_kept) THEN 0
      ELSE epoch_ms(date_trunc('month', make_timestamp(day * 86400000000))) // 86400000
    END AS day,
    organization, user_id, kind, count, bytes_in, bytes_out, size_delta, objects_delta,
    CASE WHEN abs(count) > 68719476736 OR abs(bytes_in) > 68719476736 OR abs(bytes_out) > 68719476736 OR abs(size_delta) > 68719476736 OR abs(objects_delta) > 68719476736
      THEN rowid ELSE -1 END AS part
  FROM usage_user_per_day
)
SELECT day, organization, user_id, kind, 0, sum(count)::BIGINT, sum(bytes_in)::BIGINT, sum(bytes_out)::BIGINT,
  sum(size_delta)::BIGINT, sum(objects_delta)::BIGINT
FROM piece
GROUP BY day, organization, user_id, kind, part
ORDER BY organization, kind, user_id, day;
INSERT INTO store_state
SELECT 'rolled_up/usage_user_per_month', value FROM store_state WHERE name = 'rolled_up/usage_user_per_day';
INSERT INTO store_state
SELECT 'kept_from/usage_user_per_month', CASE
    WHEN value = epoch_ms(date_trunc('month', make_timestamp(value * 1000))) THEN value
    ELSE epoch_ms(date_trunc('month', make_timestamp(value * 1000)) + INTERVAL 1 MONTH)
  END
FROM store_state WHERE name = 'kept_from/usage_user_per_day';
