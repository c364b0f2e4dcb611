-- Texts that many rows repeat (sources, buckets, operations), each stored once: rows of integers are appended several
-- times as fast as rows with text, and compress better.
CREATE TABLE usage_name (
  id INTEGER NOT NULL,            -- from 1, in order of first use; 0 stands for the empty text and has no row
  name VARCHAR NOT NULL           -- unique; the writer sees to it
);
