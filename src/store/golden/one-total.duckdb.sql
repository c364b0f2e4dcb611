-- One row per window and group with exact sums; ordered by every key, so equal sums keep one order.
WITH piece AS (
  SELECT kind, bytes_out
  FROM usage_total_per_day
  WHERE organization = 1
    AND day >= 0
    AND day < 366000
)
SELECT *
FROM (
  SELECT
    0 AS window_index,
    0 AS rest,
    coalesce(sum(CASE WHEN kind IN (1, 2) THEN bytes_out ELSE 0 END), 0) AS s0
  FROM piece
  HAVING count(*) > 0
) AS grouped
