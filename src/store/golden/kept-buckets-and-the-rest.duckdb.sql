-- One row per window and group with exact sums; ordered by every key, so equal sums keep one order.
SELECT *
FROM (
  SELECT
    CASE WHEN bucket IN (2) THEN bucket END AS g0,
    CASE WHEN bucket IN (2) THEN 0 ELSE 1 END AS rest,
    sum(count) AS s0
  FROM usage_bucket_per_day
  WHERE organization = 1
    AND day >= 0
    AND day < 366000
  GROUP BY g0, rest
) AS grouped
ORDER BY rest, (SELECT name FROM usage_name WHERE id = g0) NULLS LAST
