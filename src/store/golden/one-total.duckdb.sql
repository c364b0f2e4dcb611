-- One row per window and group with exact sums; ordered by every key, so equal sums keep one order.
WITH piece AS (
  SELECT kind, bytes_out
  FROM usage_total_per_day
  WHERE organization = 1
    AND day >= 0
    AND day < 366000
)
SELECT
  sum(CASE WHEN kind IN (1, 2) THEN bytes_out ELSE 0 END) AS s0
FROM piece
HAVING count(*) > 0
