-- Facts about the store itself, one row per name.
CREATE TABLE store_state (
  name VARCHAR PRIMARY KEY,       -- kept_from/TABLE: rows of TABLE before this time (UTC ms) have been dropped
                                  -- rolled_up/TABLE: the last commit whose facts TABLE holds
  value BIGINT NOT NULL
);
