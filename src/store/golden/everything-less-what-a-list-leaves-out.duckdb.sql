-- One row per window and group with exact sums; ordered by every key, so equal sums keep one order.
SELECT
  sum(count) AS s0
FROM (
  (SELECT count
   FROM usage_raw
   WHERE organization = 1
     AND time_ms >= 1772319600000
     AND time_ms < 1772323200000
     AND bucket IN (2, 1)
   LIMIT 9223372036854775807)
  UNION ALL
  SELECT count
  FROM usage_total_per_day
  WHERE organization = 1
    AND day >= 20513
    AND day < 20514
  UNION ALL
  SELECT -count AS count
  FROM usage_bucket_per_day
  WHERE organization = 1
    AND day >= 20513
    AND day < 20514
    AND NOT (bucket IN (2, 1))
) AS piece
HAVING count(*) > 0
