import { describe, expect, it } from "vitest";
import { buildColumnsJoiner, identityAt, pickIdentities, toColumns, type UsageColumns } from "./usage-columns.ts";
import { USAGE_KINDS } from "./usage-event.ts";
import { IDENTITY_BYTES, type UsageRow } from "./usage-row.ts";

function row(fill: number, own: Partial<UsageRow> = {}): UsageRow {
  return {
    identity: new Uint8Array(IDENTITY_BYTES).fill(fill),
    source: "www",
    timeMs: 1_000 + fill,
    organization: 1,
    kind: "delivery",
    space: 3,
    user: null,
    bucket: null,
    asset: 7,
    operation: "GET",
    count: 1,
    bytesIn: 0,
    bytesOut: 2 ** 53 - 1,
    sizeDelta: 0,
    objectsDelta: 0,
    ...own,
  };
}

/** What the columns say of a row, in the row's own words. */
function readRow(columns: UsageColumns, index: number): Omit<UsageRow, "object"> {
  const number = (name: "timeMs" | "organization" | "count" | "bytesIn" | "bytesOut" | "sizeDelta" | "objectsDelta") =>
    columns[name][index]!;
  const text = (name: "source" | "bucket" | "operation") => columns.names[columns[name][index]!]!;
  return {
    identity: identityAt(columns, index),
    source: text("source"),
    timeMs: number("timeMs"),
    organization: number("organization"),
    kind: USAGE_KINDS[columns.kind[index]!]!,
    space: columns.space[index]! || null,
    user: columns.user[index]! || null,
    bucket: text("bucket") || null,
    asset: columns.asset[index]! || null,
    operation: text("operation"),
    count: number("count"),
    bytesIn: number("bytesIn"),
    bytesOut: number("bytesOut"),
    sizeDelta: number("sizeDelta"),
    objectsDelta: number("objectsDelta"),
  };
}

describe("toColumns", () => {
  it("keeps every fact of every row, absent ones and negative ones too", () => {
    const rows = [row(1), row(2, { kind: "api", bucket: "b", user: 9, space: null, sizeDelta: -5, objectsDelta: -1 })];
    const columns = toColumns(rows);
    expect(columns).toHaveLength(2);
    expect([readRow(columns, 0), readRow(columns, 1)]).toEqual(rows);
  });
});

describe("buildColumnsJoiner", () => {
  it("puts the rows of all parts one behind the other, whatever names each part has, with their objects", () => {
    const object = { key: "k", size: 4, exists: true };
    const parts = [
      [row(1, { operation: "a", source: "s" })],
      [],
      [row(2, { operation: "b" }), { ...row(3, { operation: "a", bucket: "s" }), object }],
    ];
    const join = buildColumnsJoiner();
    join([toColumns([row(9), row(9), row(9), row(9)]), toColumns([row(8)])]);
    // In memory that held more rows before.
    const joined = join(parts.map(toColumns));
    expect(joined).toHaveLength(3);
    expect([0, 1, 2].map((index) => readRow(joined, index))).toEqual(
      parts.flat().map(({ object: _, ...facts }: UsageRow) => facts),
    );
    expect([...joined.objects]).toEqual([[2, object]]);
  });

  it("of nothing is no row", () => {
    expect(buildColumnsJoiner()([])).toHaveLength(0);
  });
});

describe("pickIdentities", () => {
  it("gives the identities of the named rows, in that order", () => {
    const picked = pickIdentities(toColumns([row(1), row(2), row(3)]), [2, 0]);
    expect([...picked]).toEqual([...new Array(IDENTITY_BYTES).fill(3), ...new Array(IDENTITY_BYTES).fill(1)]);
  });
});
