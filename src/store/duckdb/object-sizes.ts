/**
 * Sizes that objects have -> by how much they changed. The last writer by time wins, whatever the order of arrival, so
 * totals are the same for every order. Runs inside a commit: a crash can separate neither rows nor sizes.
 */
import { hash } from "node:crypto";
import { type DuckDBConnection, listValue } from "@duckdb/node-api";
import type { ObjectChange, UsageRow } from "../../model/usage-row.ts";

type State = { readonly timeMs: number; readonly identity: string; readonly size: number; readonly exists: boolean };

type Change = { readonly index: number; readonly key: string; readonly row: UsageRow; readonly object: ObjectChange };

/**
 * The rows with their deltas, in the same order; rows of no object as they are. `rows` are the new ones of a commit, whose
 * transaction runs. A change that is older than the newest known one, or as old with a smaller identity, changes nothing,
 * and so does one whose size nobody says.
 */
export async function settleObjectSizes(
  rows: readonly UsageRow[],
  connection: DuckDBConnection,
): Promise<readonly UsageRow[]> {
  const changes: Change[] = [];
  for (const [index, row] of rows.entries()) {
    const { object } = row;
    if (object === undefined || object.size === null) continue;
    changes.push({ index, row, object, key: keyOf(row.organization, object.key) });
  }
  if (changes.length === 0) return rows;
  const states = await readStates(changes, connection);
  const changed = new Map<string, { readonly organization: number; readonly state: State }>();
  const settled = [...rows];
  for (const { index, row, object, key } of changes) {
    const known = states.get(key);
    const next = toState(row, object);
    const isNewest = known === undefined || isAfter(next, known);
    settled[index] = { ...row, ...deltasOf(object, next, { known, isNewest }) };
    if (!isNewest) continue;
    states.set(key, next);
    changed.set(key, { organization: row.organization, state: next });
  }
  await writeStates(changed, connection);
  return settled;
}

/** The key of an object, beside which nothing of its name is stored. */
function keyOf(organization: number, name: string): string {
  return hash("sha256", `${organization}\0${name}`, "base64url").slice(0, 22);
}

function toState({ timeMs, identity }: UsageRow, { size, exists }: ObjectChange): State {
  return { timeMs, identity: Buffer.from(identity).toString("hex"), size: exists ? (size ?? 0) : 0, exists };
}

function isAfter(next: State, known: State): boolean {
  return next.timeMs > known.timeMs || (next.timeMs === known.timeMs && next.identity > known.identity);
}

function deltasOf(
  object: ObjectChange,
  next: State,
  { known, isNewest }: { readonly known: State | undefined; readonly isNewest: boolean },
): Pick<UsageRow, "sizeDelta" | "objectsDelta"> {
  const objectsDelta = isNewest ? Number(next.exists) - Number(known?.exists ?? false) : 0;
  // Each version stays, also below a later one and below a deletion, so order does not matter here.
  if (object.keepsVersions === true) return { sizeDelta: next.size, objectsDelta };
  return { sizeDelta: isNewest ? next.size - (known?.size ?? 0) : 0, objectsDelta };
}

async function readStates(changes: readonly Change[], connection: DuckDBConnection): Promise<Map<string, State>> {
  const keys = listValue([...new Set(changes.map(({ key }) => key))]);
  const found = await connection.runAndReadAll(
    `-- One row per object of the commit that is known: its newest change.
     SELECT object, time_ms, identity, size, present FROM object_size
     WHERE object IN (SELECT unnest($1::VARCHAR[]))`,
    [keys],
  );
  const toEntry = ([object, timeMs, identity, size, present]: readonly unknown[]): [string, State] => [
    String(object),
    { timeMs: Number(timeMs), identity: String(identity), size: Number(size), exists: present === true },
  ];
  return new Map(found.getRows().map(toEntry));
}

async function writeStates(
  changed: ReadonlyMap<string, { readonly organization: number; readonly state: State }>,
  connection: DuckDBConnection,
): Promise<void> {
  if (changed.size === 0) return;
  const entries = [...changed];
  const keys = listValue(entries.map(([key]) => key));
  await connection.run("DELETE FROM object_size WHERE object IN (SELECT unnest($1::VARCHAR[]))", [keys]);
  const listOf = <Value extends string | number>(read: (entry: (typeof entries)[number]) => Value) =>
    listValue(entries.map(read));
  await connection.run(
    `INSERT INTO object_size
     SELECT unnest($1::BIGINT[]), unnest($2::VARCHAR[]), unnest($3::BIGINT[]), unnest($4::VARCHAR[]),
       unnest($5::BIGINT[]), unnest($6::INTEGER[]) = 1`,
    [
      listOf(([, { organization }]) => organization),
      keys,
      listOf(([, { state }]) => state.timeMs),
      listOf(([, { state }]) => state.identity),
      listOf(([, { state }]) => state.size),
      listOf(([, { state }]) => Number(state.exists)),
    ],
  );
}
