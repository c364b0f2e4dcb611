/**
 * Migration 4 of the SQLite catalogue: the trigram index over the texts of assets.
 * @see https://www.sqlite.org/fts5.html "The Trigram Tokenizer" and "External Content Tables", read 2026-11-20
 */
import type { Migration } from "./migration.ts";

/**
 * Creates the search index and the triggers that keep it. The texts themselves stay in assets (external content): the
 * index refers to them by `seq`, and an entry is removed by naming exactly what was entered.
 */
export const assetSearchMigration: Migration = {
  number: 4,
  name: "asset-search",
  statements: [
    `create virtual table asset_search using fts5 (
       short_filename, alt, title, copyright, content = 'assets', content_rowid = 'seq', tokenize = 'trigram'
     )`,
    `create trigger asset_search_insert after insert on assets begin
       insert into asset_search (rowid, short_filename, alt, title, copyright)
       values (new.seq, new.short_filename, new.alt, new.title, new.copyright);
     end`,
    `create trigger asset_search_delete after delete on assets begin
       insert into asset_search (asset_search, rowid, short_filename, alt, title, copyright)
       values ('delete', old.seq, old.short_filename, old.alt, old.title, old.copyright);
     end`,
    `create trigger asset_search_update after update of short_filename, alt, title, copyright on assets begin
       insert into asset_search (asset_search, rowid, short_filename, alt, title, copyright)
       values ('delete', old.seq, old.short_filename, old.alt, old.title, old.copyright);
       insert into asset_search (rowid, short_filename, alt, title, copyright)
       values (new.seq, new.short_filename, new.alt, new.title, new.copyright);
     end`,
  ],
};
