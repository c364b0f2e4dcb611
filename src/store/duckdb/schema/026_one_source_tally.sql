-- One tally of what commits add to source_hour and to source_count, in place of two: what the two hold is merged, and the
-- one that stays gets the times of its events.
INSERT INTO source_count (organization, source, accepted, late, duplicates, first_event_ms, last_event_ms)
SELECT organization, source, sum(accepted)::BIGINT, sum(late)::BIGINT, sum(duplicates)::BIGINT,
  min(first_event_ms), max(last_event_ms)
FROM source_tally GROUP BY organization, source
ON CONFLICT (organization, source) DO UPDATE SET
  accepted = accepted + excluded.accepted,
  late = late + excluded.late,
  duplicates = duplicates + excluded.duplicates,
  first_event_ms = least(first_event_ms, excluded.first_event_ms),
  last_event_ms = greatest(last_event_ms, excluded.last_event_ms);
INSERT INTO source_hour
SELECT organization, source, hour_ms, outcome, sum(records)::BIGINT FROM source_hour_tally GROUP BY ALL
ON CONFLICT (organization, source, hour_ms, outcome) DO UPDATE SET records = records + excluded.records;
DROP TABLE source_tally;
DROP TABLE source_hour_tally;
CREATE TABLE source_hour_tally (
  organization BIGINT NOT NULL,
  source VARCHAR NOT NULL,
  hour_ms BIGINT NOT NULL,        -- as in source_hour
  outcome VARCHAR NOT NULL,       -- as in source_hour
  records BIGINT NOT NULL,        -- records
  first_event_ms BIGINT,          -- time of the oldest accepted event, UTC ms; NULL for other outcomes
  last_event_ms BIGINT            -- time of the newest accepted event, UTC ms; NULL for other outcomes
);
