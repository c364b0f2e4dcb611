-- Which fact says what of which object, so that a correction of the fact finds the object. Dropped with the fact.
CREATE TABLE object_change (
  object VARCHAR NOT NULL,        -- as in object_size
  received_ms BIGINT NOT NULL,    -- of the fact, as in usage_raw, with the identity
  identity_low UBIGINT NOT NULL,
  identity_high UINTEGER NOT NULL,
  time_ms BIGINT NOT NULL,        -- of the fact as it arrived: by it the row is dropped
  size BIGINT,                    -- bytes afterwards; NULL: the fact does not say them, its upload's parts or its deltas do
  present BOOLEAN,                -- whether there is an object afterwards; NULL: a part of an upload, which is none yet
  keeps_versions BOOLEAN NOT NULL -- whether the size is added to what was there, in place of it
);
-- What is known of older facts: those that made the objects what they are.
INSERT INTO object_change
SELECT object, received_ms, identity_low, identity_high, time_ms, NULL, present, false
FROM (
  SELECT object, present,
    ('0x' || substr(identity, 15, 2) || substr(identity, 13, 2) || substr(identity, 11, 2) || substr(identity, 9, 2)
      || substr(identity, 7, 2) || substr(identity, 5, 2) || substr(identity, 3, 2) || substr(identity, 1, 2))::UBIGINT
      AS identity_low,
    ('0x' || substr(identity, 23, 2) || substr(identity, 21, 2) || substr(identity, 19, 2) || substr(identity, 17, 2))::UINTEGER
      AS identity_high
  FROM object_size
) AS newest
JOIN usage_raw USING (identity_low, identity_high) WHERE correction = 0;
