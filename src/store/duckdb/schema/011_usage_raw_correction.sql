-- Which rows are facts and which correct them. What a correction takes away stands as a row of its own with negated
-- measures and the arrival of the fact that it belongs to: facts are never changed, sums follow at once, and a fact and
-- its corrections are forgotten together.
-- 0: a fact as it arrived; n: a row that correction n puts in place of a fact; -n: what correction n takes away.
ALTER TABLE usage_raw ADD COLUMN correction INTEGER DEFAULT 0;
