-- One row per window and group with exact sums; ordered by every key, so equal sums keep one order.
WITH piece AS (
  SELECT asset, bytes_out
  FROM usage_asset_per_day
  WHERE organization = 1
    AND day >= 0
    AND day < 366000
    AND kind IN (2)
)
SELECT *
FROM (
  SELECT
    0 AS window_index,
    asset AS g0,
    0 AS rest,
    coalesce(sum(bytes_out), 0) AS s0
  FROM piece
  GROUP BY g0
) AS grouped
ORDER BY s0 DESC, nullif(g0, 0) NULLS LAST
LIMIT 100
