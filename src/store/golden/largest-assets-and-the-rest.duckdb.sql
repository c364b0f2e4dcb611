-- One row per group of the largest with exact sums, then all others in one; equal sums keep one order.
WITH grouped AS MATERIALIZED (
  SELECT
    asset AS g0,
    0 AS rest,
    sum(count) AS s0,
    sum(bytes_out) AS s1
  FROM usage_asset_per_month
  WHERE organization = 1
    AND day >= 0
    AND day < 366000
  GROUP BY g0
), largest AS MATERIALIZED (
  SELECT *
  FROM grouped
  ORDER BY s1 DESC, g0 = 0, g0
  LIMIT 100
)
SELECT *
FROM (
  SELECT * FROM largest
  UNION ALL
  SELECT NULL AS g0,
    1 AS rest,
    everything.s0 - kept.s0 AS s0,
    everything.s1 - kept.s1 AS s1
  FROM (SELECT count(*) AS groups, sum(s0) AS s0, sum(s1) AS s1 FROM grouped) AS everything,
    (SELECT sum(s0) AS s0, sum(s1) AS s1 FROM largest) AS kept
  WHERE everything.groups > 100
) AS answer
ORDER BY rest, s1 DESC, g0 = 0, g0
