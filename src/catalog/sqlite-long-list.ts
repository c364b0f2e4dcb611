/**
 * Long columns of numbers out of SQLite. Row by row through node:sqlite a million take half a second and more; SQLite
 * joins them into one text in a fifth of that, and reading the text takes some 20 ms.
 */
import type { DatabaseSync } from "node:sqlite";
import type { AssetValues } from "./columns/asset-rows.ts";
import type { ColumnEngine } from "./columns/load-columns.ts";
import type { LongListEngine } from "./long-list.ts";
import { findText } from "./sqlite-search.ts";

/** Parameters of the catalogue's queries: numbers and texts. */
type Parameters = readonly (number | string)[];

const COMMA = 0x2c;
const ZERO = 0x30;

/** What long lists are read with by SQL, on an open connection. */
export function buildLongListEngine(database: DatabaseSync): LongListEngine {
  return {
    findText,
    readSeqs: ({ sql, parameters }) => readSeqs(database, sql, parameters as Parameters),
    sortSeqs: (seqs, column) =>
      readSeqs(
        database,
        // The plus signs keep SQLite from going through the index of the order, past all the other assets.
        `select seq from assets where seq in (select value from json_each(?)) order by +${column}, +id`,
        [`[${seqs.join(",")}]`],
      ),
  };
}

/** What columns are read with, on an open connection. */
export function buildColumnEngine(database: DatabaseSync): ColumnEngine {
  // One row for each asset, by number. Row by row as arrays takes no longer than joined texts, and needs no parsing.
  const values = database.prepare(
    `select seq, id, folder, is_private, publish_at_ms, expire_at_ms, created_at_ms, updated_at_ms, deleted_at_ms,
       purged_at_ms, short_filename, alt, title, copyright, ext_id,
       (select group_concat(tag) from asset_tags
         where asset_tags.organization = assets.organization and asset_tags.asset = assets.id)
     from assets
     where seq in (select value from json_each(?)) and +organization = ? and +space = ?
     order by seq`,
  );
  values.setReturnArrays(true);
  return {
    readSpaceSeqs: ({ organization, space }) =>
      readSeqs(database, "select seq from assets where organization = ? and space = ?", [organization, space]),
    readAssetValues: ({ organization, space }, seqs) =>
      values.all(`[${seqs.join(",")}]`, organization, space) as unknown as readonly AssetValues[],
  };
}

function readSeqs(database: DatabaseSync, query: string, parameters: Parameters): Float64Array<ArrayBuffer> {
  // group_concat takes the rows as they come: SQLite keeps the order of a subquery that such a function is applied to.
  // @see https://www.sqlite.org/optoverview.html "The Omit ORDER BY On Subquery Optimization", read 2026-11-20
  const statement = database.prepare(`select group_concat(seq) as seqs from (${query})`);
  return parseNumbers((statement.get(...parameters)?.seqs as string | null) ?? "");
}

/** `12,3` → 12 and 3. Whole numbers from 0 without signs; nothing for an empty text. */
function parseNumbers(text: string): Float64Array<ArrayBuffer> {
  const bytes = Buffer.from(text, "latin1");
  let length = text === "" ? 0 : 1;
  // By index: going through a buffer's bytes as an iterable takes several times as long.
  for (let index = 0; index < bytes.length; index++) if (bytes[index] === COMMA) length++;
  const numbers = new Float64Array(length);
  let at = 0;
  let number = 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] as number;
    if (byte === COMMA) {
      numbers[at++] = number;
      number = 0;
    } else number = number * 10 + byte - ZERO;
  }
  if (at < length) numbers[at] = number;
  return numbers;
}
