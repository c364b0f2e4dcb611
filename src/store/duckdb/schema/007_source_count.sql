-- What became of everything that a source sent; rejections are in source_rejection.
CREATE TABLE source_count (
  organization BIGINT NOT NULL,
  source VARCHAR NOT NULL,
  accepted BIGINT NOT NULL,       -- records
  duplicates BIGINT NOT NULL,     -- records
  first_event_ms BIGINT,          -- time of the oldest accepted event, UTC ms; NULL: none
  last_event_ms BIGINT,           -- time of the newest accepted event, UTC ms; NULL: none
  PRIMARY KEY (organization, source)
);
