-- What commits have added to source_hour since it was last brought up to date: a few rows per commit, summed up by readers.
CREATE TABLE source_hour_tally (
  organization BIGINT NOT NULL,
  source VARCHAR NOT NULL,
  hour_ms BIGINT NOT NULL,        -- as in source_hour
  outcome VARCHAR NOT NULL,       -- as in source_hour
  records BIGINT NOT NULL         -- records
);
