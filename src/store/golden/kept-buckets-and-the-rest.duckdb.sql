-- One row per window and group with exact sums; ordered by every key, so equal sums keep one order.
WITH piece AS (
  SELECT bucket, count
  FROM usage_bucket_per_day
  WHERE organization = 1
    AND day >= 0
    AND day < 366000
)
SELECT *
FROM (
  SELECT
    window_index,
    CASE place WHEN 1 THEN 2 END AS g0,
    CASE place WHEN 0 THEN 1 ELSE 0 END AS rest,
    s0
  FROM (
    SELECT
      0 AS window_index,
      CASE bucket WHEN 2 THEN 1 ELSE 0 END AS place,
      coalesce(sum(count), 0) AS s0
    FROM piece
    GROUP BY place
  ) AS placed
) AS grouped
ORDER BY rest, (SELECT name FROM usage_name WHERE id = g0) NULLS LAST
