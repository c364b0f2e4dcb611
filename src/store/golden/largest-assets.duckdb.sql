-- One row per window and group with exact sums; ordered by every key, so equal sums keep one order.
SELECT
  asset AS g0,
  sum(bytes_out) AS s0
FROM usage_asset_per_day
WHERE organization = 1
  AND day >= 0
  AND day < 366000
  AND kind IN (2)
GROUP BY g0
ORDER BY s0 DESC, asset = 0, asset
LIMIT 100
