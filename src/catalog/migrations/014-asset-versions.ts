/**
 * Migration 14 of the SQLite catalogue: how often the lists of each space may have changed.
 */
import type { Migration } from "./migration.ts";

/** Adds one to the version of the spaces that `condition` names. */
function bump(condition: string): string {
  return `update asset_versions set version = version + 1 where ${condition};`;
}

/** The space of the asset that a row of asset_tags is about. Assets are never deleted as rows, so it is always there. */
function bumpSpaceOfTagged(row: "old" | "new"): string {
  return bump(`organization = ${row}.organization
         and space = (select space from assets where organization = ${row}.organization and id = ${row}.asset)`);
}

/**
 * Counts every change that can put an asset into a list, take it out or move it, in the transaction of the change.
 * Triggers, not statements of the program: a remembered list is only right while no way to change assets is forgotten,
 * whichever process takes it. A step that makes one of these tables anew drops its triggers and has to repeat them.
 */
export const assetVersionsMigration: Migration = {
  number: 14,
  name: "asset-versions",
  statements: [
    `create table asset_versions (
       organization integer not null,
       space        integer not null,
       version      integer not null, -- says only whether something changed; more than one step for one change is fine
       primary key (organization, space)
     ) strict, without rowid`,
    "insert into asset_versions (organization, space, version) select organization, id, 1 from spaces",
    `create trigger asset_versions_space after insert on spaces begin
       insert into asset_versions (organization, space, version) values (new.organization, new.id, 1);
     end`,
    `create trigger asset_versions_insert after insert on assets begin
       ${bump("organization = new.organization and space = new.space")}
     end`,
    `create trigger asset_versions_update after update of id, space, folder, short_filename, alt, title, copyright,
         ext_id, is_private, publish_at_ms, expire_at_ms, created_at_ms, updated_at_ms, deleted_at_ms, purged_at_ms
       on assets begin
       ${bump("organization = new.organization and space in (old.space, new.space)")}
     end`,
    `create trigger asset_versions_delete after delete on assets begin
       ${bump("organization = old.organization and space = old.space")}
     end`,
    `create trigger asset_versions_tag after insert on asset_tags begin
       ${bumpSpaceOfTagged("new")}
     end`,
    `create trigger asset_versions_untag after delete on asset_tags begin
       ${bumpSpaceOfTagged("old")}
     end`,
    // Lists name tags: another name puts a tag's assets into other lists.
    `create trigger asset_versions_rename after update of name, space on tags begin
       ${bump("organization = new.organization and space in (old.space, new.space)")}
     end`,
  ],
};
