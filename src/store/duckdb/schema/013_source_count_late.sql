-- How many of the accepted events were older than their source's lateness bound when they arrived.
ALTER TABLE source_count ADD COLUMN late BIGINT DEFAULT 0;
