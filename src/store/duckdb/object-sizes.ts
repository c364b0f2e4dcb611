/**
 * Sizes that objects have -> by how much they changed. The last writer by time wins, whatever the order of arrival, so
 * totals are the same for every order. Runs inside a commit: a crash can separate neither rows nor sizes.
 */
import { hash } from "node:crypto";
import { type DuckDBConnection, listValue } from "@duckdb/node-api";
import { identityAt, type UsageColumns } from "../../model/usage-columns.ts";
import type { ObjectChange, UsageRow } from "../../model/usage-row.ts";
import {
  COMPLETION,
  isAfter,
  listOfValues,
  type Moment,
  type MultipartUploads,
  readMultipartUploads,
} from "./multipart-uploads.ts";
import { writeObjectChanges } from "./object-changes.ts";

type State = Moment & { readonly size: number; readonly exists: boolean };

type ChangedRow = Pick<UsageRow, "organization" | "timeMs" | "identity">;

type Change = { readonly index: number; readonly key: string; readonly row: ChangedRow; readonly object: ObjectChange };

/** The connection of the commit, when its rows arrived, and from when on identities are remembered (UTC ms). */
export type Arrival = {
  readonly connection: DuckDBConnection;
  readonly receivedMs: number;
  readonly horizonMs: number;
};

/**
 * The rows with their deltas, in the same order; rows of no object as they are, and those that are `known` (1 by index). The
 * transaction of the commit runs. A change that is older than the newest known one, or as old with a smaller identity, changes nothing,
 * and so does one whose size nobody says.
 */
export async function settleObjectSizes(
  rows: UsageColumns,
  known: Uint8Array,
  { connection, receivedMs, horizonMs }: Arrival,
): Promise<UsageColumns> {
  const changes: Change[] = [];
  for (const [index, object] of rows.objects) {
    if (known[index] === 1 || (object.size === null && object.upload === undefined)) continue;
    const [organization, timeMs] = [rows.organization[index]!, rows.timeMs[index]!];
    const row = { organization, timeMs, identity: identityAt(rows, index) };
    changes.push({ index, row, object, key: keyOf(organization, object.key) });
  }
  if (changes.length === 0) return rows;
  const uploadsOf = changes.filter(({ object }) => object.upload !== undefined).map(uploadOf);
  const uploads = uploadsOf.length === 0 ? null : await readMultipartUploads(uploadsOf, connection);
  const objects = await readObjects(changes, connection);
  // Copies: a batch whose commit fails is sent again as it was.
  const settled = { ...rows, sizeDelta: rows.sizeDelta.slice(), objectsDelta: rows.objectsDelta.slice() };
  for (const change of changes) {
    const { index, row, object } = change;
    const deltas =
      object.upload === undefined || uploads === null
        ? objects.settle(change, toState(row, object))
        : settleUpload(change, objects, uploads);
    settled.sizeDelta[index] = deltas.sizeDelta;
    settled.objectsDelta[index] = deltas.objectsDelta;
  }
  await objects.write();
  const noted = changes.map(({ key, row: { identity, timeMs }, object }) => ({ key, identity, timeMs, object }));
  await writeObjectChanges(noted, receivedMs, connection);
  await uploads?.write(receivedMs, horizonMs);
  return settled;
}

type Deltas = Pick<UsageRow, "sizeDelta" | "objectsDelta">;

const NO_CHANGE: Deltas = { sizeDelta: 0, objectsDelta: 0 };

/** What one request of a multipart upload changes: nothing before its completion and a part of it are known. */
function settleUpload(change: Change, objects: Objects, uploads: MultipartUploads): Deltas {
  const { row, object } = change;
  const part = object.upload?.part ?? COMPLETION;
  const moment = { timeMs: row.timeMs, identity: toHex(row.identity) };
  const { bytesBefore, bytesAfter, completed } = uploads.note(uploadOf(change), part, {
    ...moment,
    size: object.size ?? 0,
  });
  if (completed === null || bytesAfter === null) return NO_CHANGE;
  // The first part that is known makes the completed object what it is, and so does its completion.
  if (part === COMPLETION || bytesBefore === null) {
    const at = part === COMPLETION ? moment : completed;
    return objects.settle(change, { ...at, size: bytesAfter, exists: true });
  }
  return objects.resize(change, completed, bytesAfter - bytesBefore);
}

function uploadOf({ key, object }: Change): string {
  return `${key}:${object.upload?.id ?? ""}`;
}

/** The objects of one commit. */
interface Objects {
  /** Makes the object what it is said to be, unless something later is known. */
  settle(change: Change, next: State): Deltas;
  /** Changes the size of what one change has made, unless something later is known. */
  resize(change: Change, made: Moment, bytes: number): Deltas;
  write(): Promise<void>;
}

async function readObjects(changes: readonly Change[], connection: DuckDBConnection): Promise<Objects> {
  const states = await readStates(changes, connection);
  const changed = new Map<string, { readonly organization: number; readonly state: State }>();
  const set = ({ key, row }: Change, state: State): void => {
    states.set(key, state);
    changed.set(key, { organization: row.organization, state });
  };
  return {
    settle(change, next) {
      const known = states.get(change.key);
      const isNewest = known === undefined || isAfter(next, known);
      if (isNewest) set(change, next);
      return deltasOf(change.object, next, { known, isNewest });
    },
    resize(change, made, bytes) {
      const known = states.get(change.key);
      const isNewest = known !== undefined && known.identity === made.identity && known.timeMs === made.timeMs;
      if (isNewest) set(change, { ...known, size: known.size + bytes });
      // Each version stays, so one below a later one has its size too.
      return { sizeDelta: isNewest || change.object.keepsVersions === true ? bytes : 0, objectsDelta: 0 };
    },
    write: () => writeStates(changed, connection),
  };
}

/** The key of an object, beside which nothing of its name is stored. */
function keyOf(organization: number, name: string): string {
  return hash("sha256", `${organization}\0${name}`, "base64url").slice(0, 22);
}

function toState({ timeMs, identity }: ChangedRow, { size, exists }: ObjectChange): State {
  return { timeMs, identity: toHex(identity), size: exists ? (size ?? 0) : 0, exists };
}

function toHex(identity: Uint8Array): string {
  return Buffer.from(identity).toString("hex");
}

function deltasOf(
  object: ObjectChange,
  next: State,
  { known, isNewest }: { readonly known: State | undefined; readonly isNewest: boolean },
): Deltas {
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
  const listOf = (read: (entry: (typeof entries)[number]) => number | string) => listOfValues(entries, read);
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
