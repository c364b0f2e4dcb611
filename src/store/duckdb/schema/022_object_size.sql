-- The newest known change of every object that logs tell of, so that a size becomes the difference to the size before.
-- Without an index: the rows of a commit's objects are read in one pass, and deleted and inserted again.
CREATE TABLE object_size (
  organization BIGINT NOT NULL,
  object VARCHAR NOT NULL,        -- hash of bucket and key
  time_ms BIGINT NOT NULL,        -- when it was changed, UTC ms
  identity VARCHAR NOT NULL,      -- of the fact that changed it, as hex digits: decides between equal times
  size BIGINT NOT NULL,           -- bytes; 0: there is no object
  present BOOLEAN NOT NULL        -- whether there is an object
);
