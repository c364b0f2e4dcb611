-- Identities of 96 bits in place of 128: 4 bytes less for every fact, a tenth of a large store. The first 12 bytes are kept,
-- so what was known is known. The rows are written anew in the order that they have (the engine keeps it): old ones are
-- skipped by row group.
ALTER TABLE usage_raw RENAME TO usage_raw_of_128_bits;
CREATE TABLE usage_raw (
  commit_number BIGINT NOT NULL,  -- number of the commit that wrote it, ascending from 1; see advance-rollups.ts
  received_ms BIGINT NOT NULL,    -- when the batch arrived, UTC ms; ascending, so old rows are skipped by row group
  identity_low UBIGINT NOT NULL,  -- SHA-256 over organization, source and id: its first 8 bytes, the lowest first
  identity_high UINTEGER NOT NULL, -- the 4 bytes behind them
  time_ms BIGINT NOT NULL,        -- when it happened, UTC ms
  organization BIGINT NOT NULL,
  source INTEGER NOT NULL,        -- usage_name.id
  kind UTINYINT NOT NULL,         -- 1 api, 2 delivery, 3 upload, 4 delete, 5 transcode, 6 addon
  space BIGINT NOT NULL,          -- 0: none
  user_id BIGINT NOT NULL,        -- 0: none
  bucket INTEGER NOT NULL,        -- usage_name.id; 0: none
  asset BIGINT NOT NULL,          -- 0: none
  operation INTEGER NOT NULL,     -- usage_name.id; 0: the empty text
  count BIGINT NOT NULL,          -- 0 to 2^53-1
  bytes_in BIGINT NOT NULL,       -- bytes, 0 to 2^53-1
  bytes_out BIGINT NOT NULL,      -- bytes, 0 to 2^53-1
  size_delta BIGINT NOT NULL,     -- bytes, from -(2^53-1) to 2^53-1
  objects_delta BIGINT NOT NULL,  -- objects, from -(2^53-1) to 2^53-1
  correction INTEGER DEFAULT 0    -- 0: a fact as it arrived; n and -n: what correction n adds and takes away
);
INSERT INTO usage_raw BY NAME
SELECT * EXCLUDE (identity),
  (identity & 18446744073709551615::UHUGEINT)::UBIGINT AS identity_low,
  ((identity >> 64) & 4294967295::UHUGEINT)::UINTEGER AS identity_high
FROM usage_raw_of_128_bits;
DROP TABLE usage_raw_of_128_bits;
-- Hex digits of the same identities, by which equal times are decided.
UPDATE object_size SET identity = left(identity, 24);
UPDATE object_part SET identity = left(identity, 24);
