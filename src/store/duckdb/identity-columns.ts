/**
 * Identities in the engine: the first 8 bytes as one column, the other 4 as another. The engine has no integer of 12 bytes,
 * and one of 16 costs 4 bytes more for every fact; random bytes are compressed by nothing.
 */
import { IDENTITY_BYTES } from "../../model/usage-row.ts";
import type { StagedColumn } from "./stage-columns.ts";

/** The columns, in every table that has identities. */
export const IDENTITY_COLUMNS = ["identity_low", "identity_high"] as const;

/** Bytes of the first column, the lowest first. */
export const LOW_BYTES = 8;

/** Bytes of the second column. */
export const HIGH_BYTES = IDENTITY_BYTES - LOW_BYTES;

/** The columns of a table as SQL, for USING and for lists. `table` is what stands before each name. */
export function identitySql(table = ""): string {
  return IDENTITY_COLUMNS.map((column) => (table === "" ? column : `${table}.${column}`)).join(", ");
}

/** Identities that lie one behind the other as staged columns. */
export function stageIdentities(identities: Uint8Array): StagedColumn[] {
  return [
    { name: IDENTITY_COLUMNS[0], type: "UBIGINT", values: cut(identities, 0, LOW_BYTES) },
    { name: IDENTITY_COLUMNS[1], type: "UINTEGER", values: cut(identities, LOW_BYTES, HIGH_BYTES) },
  ];
}

/** `bytes` of each identity, from its byte `first` on. */
function cut(identities: Uint8Array, first: number, bytes: number): ArrayBuffer {
  const part = new Uint8Array((identities.length / IDENTITY_BYTES) * bytes);
  for (let from = first, to = 0; to < part.length; from += IDENTITY_BYTES) {
    for (let byte = 0; byte < bytes; byte++) part[to++] = identities[from + byte] as number;
  }
  return part.buffer;
}

/** A SELECT of the identities of a list, each once, with the columns of a table. The list is not empty. */
export function selectIdentities(identities: readonly Uint8Array[]): string {
  const parts = identities.map(identityColumnsOf);
  const unnest = (part: 0 | 1, type: string) => `unnest([${parts.map((one) => one[part]).join(", ")}]::${type}[])`;
  return `SELECT DISTINCT ${unnest(0, "UBIGINT")} AS ${IDENTITY_COLUMNS[0]}, ${unnest(1, "UINTEGER")} AS ${IDENTITY_COLUMNS[1]}`;
}

/** The values of the two columns. */
export function identityColumnsOf(identity: Uint8Array): readonly [bigint, number] {
  const view = new DataView(identity.buffer, identity.byteOffset, identity.byteLength);
  return [view.getBigUint64(0, true), view.getUint32(LOW_BYTES, true)];
}

/** The columns of a table as SQL of their hex digits, in the order of the bytes. */
export function identityHexSql(): string {
  const digits = (column: string, bytes: number) =>
    Array.from({ length: bytes }, (_, byte) => {
      return `substr(lpad(lower(hex(${column})), ${2 * bytes}, '0'), ${2 * (bytes - byte) - 1}, 2)`;
    });
  return [...digits(IDENTITY_COLUMNS[0], LOW_BYTES), ...digits(IDENTITY_COLUMNS[1], HIGH_BYTES)].join(" || ");
}

/** A text that is the same for the same identity: of one in memory, and of the two columns of a row. */
export function identityText(identity: Uint8Array): string {
  return identityTextOf(...identityColumnsOf(identity));
}

/** The text of the two columns of a row. */
export function identityTextOf(low: unknown, high: unknown): string {
  return `${low} ${high}`;
}
