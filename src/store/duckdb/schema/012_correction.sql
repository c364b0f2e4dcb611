-- Every correction that was made, reverted ones too; what it changed are the rows of usage_raw that carry its number.
CREATE TABLE correction (
  number INTEGER PRIMARY KEY,     -- from 1, over all organizations
  organization BIGINT NOT NULL,
  action VARCHAR NOT NULL,        -- void, replace
  source VARCHAR NOT NULL,        -- whose events
  start_ms BIGINT,                -- events from this time, UTC ms; NULL: events were named by id
  end_ms BIGINT,                  -- up to and without this time, UTC ms; NULL: events were named by id
  events BIGINT NOT NULL,         -- events that it changed
  first_ms BIGINT NOT NULL,       -- oldest time of a row that it added, UTC ms
  last_ms BIGINT NOT NULL,        -- newest time of a row that it added, UTC ms
  reason VARCHAR NOT NULL,        -- why, in the author's words
  author VARCHAR NOT NULL,        -- id and name of the token that asked
  made_ms BIGINT NOT NULL,        -- UTC ms
  revert_reason VARCHAR,          -- NULL: it stands
  revert_author VARCHAR,          -- NULL: it stands
  reverted_ms BIGINT              -- UTC ms; NULL: it stands
);
