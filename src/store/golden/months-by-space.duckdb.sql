-- One row per window and group with exact sums; ordered by every key, so equal sums keep one order.
WITH piece AS (
  SELECT day * 86400000 AS time_ms, space, count
  FROM usage_space_per_day
  WHERE organization = 1
    AND day >= 0
    AND day < 366000
)
SELECT *
FROM (
  SELECT
    time_window.number AS window_index,
    space AS g0,
    0 AS rest,
    coalesce(sum(count), 0) AS s0
  FROM piece
  ASOF JOIN (
    SELECT unnest([1772323200000, 1775001600000]) AS start_ms, unnest(range(2)) AS number
  ) AS time_window
    ON piece.time_ms >= time_window.start_ms
  GROUP BY window_index, g0, rest
) AS grouped
ORDER BY window_index, rest, nullif(g0, 0) NULLS LAST
