-- What became of everything that a source sent, by hour: the counts of source_count and source_rejection, with a time.
CREATE TABLE source_hour (
  organization BIGINT NOT NULL,
  source VARCHAR NOT NULL,
  hour_ms BIGINT NOT NULL,        -- start of the hour, UTC ms: of the event's own time for accepted and late, else of the arrival
  outcome VARCHAR NOT NULL,       -- accepted; late (accepted too, so counted twice); duplicate; or the reason of a rejection
  records BIGINT NOT NULL,        -- records
  PRIMARY KEY (organization, source, hour_ms, outcome)
);
