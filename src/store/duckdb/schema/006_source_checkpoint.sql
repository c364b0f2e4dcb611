-- Up to where each stream of a source has been read, committed together with the rows that were read.
CREATE TABLE source_checkpoint (
  organization BIGINT NOT NULL,
  source VARCHAR NOT NULL,
  stream VARCHAR NOT NULL,        -- which file or connection; empty for a source with one stream
  position VARCHAR NOT NULL,      -- opaque text of the reader
  watermark_ms BIGINT,            -- complete up to this time, UTC ms; NULL: not known
  PRIMARY KEY (organization, source, stream)
);
