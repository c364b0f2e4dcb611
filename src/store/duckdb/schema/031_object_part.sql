-- Parts of multipart uploads, so that an upload that is completed without saying its size has that of its parts, whichever
-- of their lines comes first. Dropped when the identities of their facts are forgotten.
CREATE TABLE object_part (
  upload VARCHAR NOT NULL,        -- hash of organization, bucket, key and the upload's id
  part INTEGER NOT NULL,          -- number of the part; 0: the completion of the upload
  time_ms BIGINT NOT NULL,        -- when it was stored, UTC ms
  identity VARCHAR NOT NULL,      -- of its fact, as hex digits: decides between equal times
  size BIGINT NOT NULL,           -- bytes; 0 for a completion
  received_ms BIGINT NOT NULL     -- when its fact arrived, UTC ms
);
