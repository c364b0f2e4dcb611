-- Facts about the store itself, one row per name.
CREATE TABLE store_state (
  name VARCHAR PRIMARY KEY,       -- kept_from/TABLE: rows of TABLE before this time (UTC ms) have been dropped
                                  -- rolled_up/TABLE: the last commit whose facts TABLE holds
                                  -- rows_per_thing/TABLE/START: the most rows in order that one asset has in the period
                                  -- of TABLE that begins at START (UTC ms); rows_counted/TABLE: 1 once all are noted
  value BIGINT NOT NULL
);
