import { setImmediate } from "node:timers/promises";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildTransactions, type Transactions } from "./transactions.ts";

describe("buildTransactions", () => {
  let instance: DuckDBInstance;
  let writer: DuckDBConnection;
  let copier: DuckDBConnection;
  let transactions: Transactions;
  beforeEach(async () => {
    instance = await DuckDBInstance.create(":memory:");
    writer = await instance.connect();
    copier = await instance.connect();
    transactions = buildTransactions();
    await writer.run("CREATE TABLE fact (n INTEGER PRIMARY KEY); CREATE TABLE copied (n INTEGER)");
  });
  afterEach(() => {
    writer.closeSync();
    copier.closeSync();
    instance.closeSync();
  });

  const countOf = async (table: string): Promise<number> =>
    Number((await copier.runAndReadAll(`SELECT count(*) FROM ${table}`)).getRows()[0]?.[0]);

  /** A commit that the engine refuses: another connection has committed the same key since the transaction began. */
  const failCommit = async (): Promise<void> => {
    const failing = transactions.write(writer, async (connection) => {
      await connection.run("INSERT INTO fact VALUES (1)");
      const other = await instance.connect();
      await other.run("INSERT INTO fact VALUES (1)");
      other.closeSync();
    });
    await expect(failing).rejects.toThrow(/constraint/i);
  };
  const copy = (during: () => Promise<void>) =>
    transactions.copy(copier, async (connection) => {
      await connection.run("INSERT INTO copied SELECT 7");
      await during();
    });

  it("writes all of it or nothing, and goes on after a commit that failed", async () => {
    await failCommit();
    await transactions.write(writer, (connection) => connection.run("INSERT INTO fact VALUES (2)"));
    expect(await countOf("fact")).toBe(2);
    const broken = transactions.write(writer, async (connection) => {
      await connection.run("INSERT INTO fact VALUES (3)");
      throw new Error("in the middle");
    });
    await expect(broken).rejects.toThrow("in the middle");
    expect(await countOf("fact")).toBe(2);
  });

  it("writes nothing of what was copied while another commit failed, and copies it when it is tried again", async () => {
    await expect(copy(failCommit)).rejects.toMatchObject({ code: "store/unavailable" });
    expect(await countOf("copied")).toBe(0);
    await copy(async () => {});
    expect(await countOf("copied")).toBe(1);
  });

  it("copies beside transactions that are rolled back before they commit: nobody has seen anything of these", async () => {
    await copy(async () => {
      const broken = transactions.write(writer, async (connection) => {
        await connection.run("INSERT INTO fact VALUES (4)");
        throw new Error("in the middle");
      });
      await expect(broken).rejects.toThrow("in the middle");
    });
    expect(await countOf("copied")).toBe(1);
  });

  it("reads again what was read while a commit failed, and the third time while nothing commits", async () => {
    const reads: string[] = [];
    const read = (failures: number) =>
      transactions.read(
        async () => {
          reads.push("beside others");
          if (reads.length <= failures) await failCommit().then(() => writer.run("DELETE FROM fact"));
          return reads.length;
        },
        async () => {
          reads.push("alone");
          return reads.length;
        },
      );
    expect(await read(0)).toBe(1);
    expect(reads.splice(0)).toEqual(["beside others"]);
    expect(await read(1)).toBe(2);
    expect(reads.splice(0)).toEqual(["beside others", "beside others"]);
    expect(await read(2)).toBe(3);
    expect(reads).toEqual(["beside others", "beside others", "alone"]);
  });

  it("knows of a failure that nobody has been told of yet: it waits for commits that are under way", async () => {
    const since = transactions.mark();
    const failing = failCommit();
    // The commit is asked for in a later turn; before it is, there is nothing to wait for.
    while (transactions.mayBeExact(since) && (await transactions.isExact(since))) await setImmediate();
    expect(await transactions.isExact(since)).toBe(false);
    expect(await transactions.isExact(transactions.mark())).toBe(true);
    await failing;
  });
});
