-- One row per window and group with exact sums; ordered by every key, so equal sums keep one order.
SELECT
  piece.window_key AS window_index,
  sum(count) AS s0
FROM (
  (SELECT (time_ms - 1772323200000) // 3600000 AS window_key, count
   FROM usage_raw
   WHERE organization = 1
     AND time_ms >= 1772325000000
     AND time_ms < 1772326800000
     AND kind IN (1)
     AND operation IN (1, -1)
   LIMIT 9223372036854775807)
  UNION ALL
  (SELECT hour - 492312 AS window_key, count
   FROM usage_total_per_hour
   WHERE organization = 1
     AND hour >= 492313
     AND hour < 492315
     AND kind IN (1)
     AND operation IN (1, -1)
   LIMIT 9223372036854775807)
) AS piece
GROUP BY window_index
ORDER BY window_index
