-- One row per window and group with exact sums, in any order.
SELECT
  CASE bucket WHEN 2 THEN 1 WHEN 0 THEN 2 ELSE 0 END AS g0,
  sum(count) AS s0
FROM usage_bucket_per_day
WHERE organization = 1
  AND day >= 0
  AND day < 366000
GROUP BY g0
