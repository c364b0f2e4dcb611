-- The newest refused records of each source, for people to look at; older ones are dropped.
CREATE TABLE rejected_record (
  number BIGINT NOT NULL,         -- ascending over the whole table
  organization BIGINT NOT NULL,
  source VARCHAR NOT NULL,
  reason VARCHAR NOT NULL,        -- see docs/errors.md
  received_ms BIGINT NOT NULL,    -- UTC ms
  position VARCHAR NOT NULL,      -- where it stood: file and line, or index in the batch
  detail VARCHAR NOT NULL,        -- what was wrong
  text VARCHAR NOT NULL           -- the first bytes of what arrived, without secrets
);
