-- The event's id where it was readable, else the empty text. Rows with the reason `duplicate` are the newest duplicates
-- of a source; they are kept apart from the refused records, so that neither pushes the other out.
ALTER TABLE rejected_record ADD COLUMN id VARCHAR DEFAULT '';
