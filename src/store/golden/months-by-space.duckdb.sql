-- One row per window and group with exact sums; ordered by every key, so equal sums keep one order.
SELECT
  CASE WHEN day < 20544 THEN 0 ELSE 1 END AS window_index,
  space AS g0,
  sum(count) AS s0
FROM usage_space_per_day
WHERE organization = 1
  AND day >= 0
  AND day < 366000
GROUP BY window_index, g0
ORDER BY window_index, space = 0, space
