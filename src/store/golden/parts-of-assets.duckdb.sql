-- One row per part of the groups, in no order: exact sums over the part.
WITH piece AS (
  SELECT asset, count, bytes_out
  FROM usage_asset_per_month
  WHERE organization = 1
    AND day >= 0
    AND day < 366000
)
SELECT
  (hash(asset) & 4095)::INTEGER AS part,
  sum(count) AS s0,
  sum(bytes_out) AS s1,
  min(bytes_out) AS least
FROM piece
GROUP BY part
