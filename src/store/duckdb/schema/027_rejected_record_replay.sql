-- What it takes to take a refused record in again, in words of the intake; empty where that cannot be done. Holds nothing
-- that the record's text may not hold.
ALTER TABLE rejected_record ADD COLUMN replay VARCHAR DEFAULT '';
