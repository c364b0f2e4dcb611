/**
 * What corrections leave behind in the engine's memory: nothing. What they change is in corrections.contract.ts.
 */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CorrectionOrder } from "../correction-order.ts";
import { buildRow } from "../usage-store.contract.ts";
import { type CorrectionContext, revertCorrection, runCorrection } from "./corrections.ts";
import { readNames } from "./names.ts";
import { applySchema } from "./schema.ts";
import { buildTransactions } from "./transactions.ts";

let instance: DuckDBInstance;
let connection: DuckDBConnection;
let context: CorrectionContext;
beforeEach(async () => {
  instance = await DuckDBInstance.create(":memory:");
  connection = await instance.connect();
  await applySchema(connection);
  await connection.run("INSERT INTO usage_name VALUES (1, 's')");
  // Five facts of source s at 1970-01-01T00:00:00Z.
  await connection.run(
    `INSERT INTO usage_raw SELECT 1, 0, n, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0 FROM range(5) AS fact (n)`,
  );
  // Each of them is an upload of one object.
  await connection.run("INSERT INTO object_change SELECT 'o', 0, n, 0, 0, n, true, false FROM range(5) AS fact (n)");
  const transactions = buildTransactions();
  context = { connection, transactions, names: await readNames(connection), rawFromMs: null, commitNumber: 2 };
});
afterEach(() => {
  connection.closeSync();
  instance.closeSync();
});

function buildOrder(fields: Partial<CorrectionOrder> = {}): CorrectionOrder {
  const target = { by: "range", startMs: 0, endMs: 1 } as const;
  const said = { reason: "sent by mistake", author: "t1 Ada", madeMs: 0 };
  return { organization: 1, source: "s", target, replacements: [], isPreview: false, ...said, ...fields };
}

async function listTemporary(): Promise<unknown[]> {
  return (await connection.runAndReadAll("SELECT table_name FROM duckdb_tables() WHERE temporary")).getRows().flat();
}

describe("runCorrection", () => {
  it("leaves no temporary table behind: tried, made, taken back, for nothing, or failed half-way", async () => {
    expect(await runCorrection(buildOrder({ isPreview: true }), context)).toMatchObject({ events: 5 });
    expect(await listTemporary()).toEqual([]);
    expect(await runCorrection(buildOrder(), context)).toMatchObject({ events: 5, number: 1 });
    expect(await listTemporary()).toEqual([]);
    expect(await runCorrection(buildOrder(), context)).toMatchObject({ events: 0, number: null });
    expect(await listTemporary()).toEqual([]);
    const revert = { organization: 1, number: 1, reason: "was right", author: "t2", madeMs: 1 };
    expect(await context.transactions.write(connection, () => revertCorrection(revert, context))).toMatchObject({
      events: 5,
    });
    expect(await listTemporary()).toEqual([]);
    const identity = Buffer.alloc(buildRow("x").identity.length);
    const replaced = { ...buildRow("x", { count: 3 }), identity };
    const target = { by: "ids", identities: [identity] } as const;
    const broken = buildOrder({ target, replacements: [{ ...replaced, count: Number.NaN }] });
    await expect(runCorrection(broken, context)).rejects.toThrow("nan");
    expect(await listTemporary()).toEqual([]);
    const outcome = await runCorrection(buildOrder({ target, replacements: [replaced] }), context);
    expect(outcome).toMatchObject({ events: 1, change: { count: 2n } });
    expect(await listTemporary()).toEqual([]);
  });
});
