/**
 * Migration 15 of the SQLite catalogue: which assets the last changes of each space's lists were about.
 */
import type { Migration } from "./migration.ts";

/**
 * Steps that are kept per space, two transactions of an import and what comes in meanwhile; some 18 bytes each. A list
 * that is further behind is read anew. A file that has this step keeps the number, so that it is never changed.
 */
const KEPT_STEPS = 2_048;

/** Counts a step of the space `space` and notes the asset whose number is `seq`; 0 when the tags' names changed. */
function step(space: string, seq: string, organization: string): string {
  const ofSpace = `organization = ${organization} and space = ${space}`;
  return `update asset_versions set version = version + 1 where ${ofSpace};
       insert or replace into asset_changes (organization, space, slot, version, seq)
         select organization, space, version % ${KEPT_STEPS}, version, ${seq} from asset_versions where ${ofSpace};`;
}

/** A step of the space of the asset that a row of asset_tags is about. */
function stepOfTagged(row: "old" | "new"): string {
  const column = (name: string) =>
    `(select ${name} from assets where organization = ${row}.organization and id = ${row}.asset)`;
  return step(column("space"), column("seq"), `${row}.organization`);
}

/**
 * The triggers of step 14 once more, each of them noting the asset too. A step has one row or, when it is too long ago,
 * none: who finds as many rows as steps knows every asset that changed.
 */
export const assetChangesMigration: Migration = {
  number: 15,
  name: "asset-changes",
  statements: [
    `create table asset_changes (
       organization integer not null,
       space        integer not null,
       slot         integer not null, -- the version, counted round: a new row takes the place of the oldest
       version      integer not null, -- of asset_versions, after this step
       seq          integer not null, -- of the asset; 0: any that has a tag
       primary key (organization, space, slot)
     ) strict, without rowid`,
    ...["insert", "update", "delete", "tag", "untag", "rename"].map((name) => `drop trigger asset_versions_${name}`),
    `create trigger asset_versions_insert after insert on assets begin
       ${step("new.space", "new.seq", "new.organization")}
     end`,
    `create trigger asset_versions_update after update of id, space, folder, short_filename, alt, title, copyright,
         ext_id, is_private, publish_at_ms, expire_at_ms, created_at_ms, updated_at_ms, deleted_at_ms, purged_at_ms
       on assets begin
       ${step("new.space", "new.seq", "new.organization")}
     end`,
    `create trigger asset_versions_leave after update of space on assets when new.space is not old.space begin
       ${step("old.space", "old.seq", "old.organization")}
     end`,
    `create trigger asset_versions_delete after delete on assets begin
       ${step("old.space", "old.seq", "old.organization")}
     end`,
    `create trigger asset_versions_tag after insert on asset_tags begin
       ${stepOfTagged("new")}
     end`,
    `create trigger asset_versions_untag after delete on asset_tags begin
       ${stepOfTagged("old")}
     end`,
    // Lists name tags: another name puts a tag's assets into other lists.
    `create trigger asset_versions_rename after update of name, space on tags begin
       ${step("new.space", "0", "new.organization")}
     end`,
    `create trigger asset_versions_rename_leave after update of space on tags when new.space is not old.space begin
       ${step("old.space", "0", "old.organization")}
     end`,
  ],
};
