-- One row per window and group with exact sums; ordered by every key, so equal sums keep one order.
SELECT
  sum(CASE WHEN kind IN (1, 2) THEN bytes_out ELSE 0 END) AS s0
FROM usage_total_per_day
WHERE organization = 1
  AND day >= 0
  AND day < 366000
HAVING count(*) > 0
