/**
 * A connection is used by one reader at a time, again after it, and never after work that failed on it.
 */
import { setImmediate } from "node:timers/promises";
import type { DuckDBConnection } from "@duckdb/node-api";
import { describe, expect, it } from "vitest";
import { buildReadConnections } from "./read-connections.ts";

/** Connections that are numbers; `closed` are those that were closed. */
function buildCounted() {
  const closed: number[] = [];
  let opened = 0;
  const connect = async () => {
    const number = ++opened;
    return { number, closeSync: () => closed.push(number) } as unknown as DuckDBConnection;
  };
  const connections = buildReadConnections(connect);
  const use = (work: () => Promise<void> = async () => {}) =>
    connections.use(async (connection) => {
      await work();
      return (connection as unknown as { number: number }).number;
    });
  return { connections, closed, use };
}

describe("buildReadConnections", () => {
  it("gives the same connection to one reader after the other, and different ones at the same time", async () => {
    const { use, closed } = buildCounted();
    expect([await use(), await use()]).toEqual([1, 1]);
    expect((await Promise.all([use(), use(), use()])).sort()).toEqual([1, 2, 3]);
    expect(closed).toEqual([]);
  });

  it("closes a connection on which work failed, as it may have left a transaction", async () => {
    const { use, closed } = buildCounted();
    await expect(use(() => Promise.reject(new Error("interrupted")))).rejects.toThrow("interrupted");
    expect(closed).toEqual([1]);
    expect(await use()).toBe(2);
  });

  it("says when those who read at a moment have ended, well or not, and does not wait for later ones", async () => {
    const { connections, use } = buildCounted();
    const [first, second, later] = [
      Promise.withResolvers<void>(),
      Promise.withResolvers<void>(),
      Promise.withResolvers<void>(),
    ];
    const [reading, failing] = [use(() => first.promise), use(() => second.promise)];
    const ended = connections.ended();
    const readingLater = use(() => later.promise);
    second.reject(new Error("interrupted"));
    await expect(failing).rejects.toThrow("interrupted");
    // One of them has not ended.
    expect(await Promise.race([ended.then(() => "ended"), setImmediate("reading")])).toBe("reading");
    first.resolve();
    await ended;
    later.resolve();
    await Promise.all([reading, readingLater]);
  });

  it("keeps four at most, and none once it is closed", async () => {
    const { connections, use, closed } = buildCounted();
    await Promise.all(Array.from({ length: 10 }, () => use()));
    expect(closed).toHaveLength(6);
    const late = use(async () => connections.close());
    await late;
    expect(closed).toHaveLength(10);
  });
});
