-- How many records of a source were refused, by reason.
CREATE TABLE source_rejection (
  organization BIGINT NOT NULL,
  source VARCHAR NOT NULL,
  reason VARCHAR NOT NULL,        -- see docs/errors.md
  records BIGINT NOT NULL,
  PRIMARY KEY (organization, source, reason)
);
