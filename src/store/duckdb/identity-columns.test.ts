import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { expect, it } from "vitest";
import { buildFixedClock } from "../../platform/clock.ts";
import { buildBatch, buildRow, buildScan } from "../usage-store.contract.ts";
import { openDuckdbStore } from "./open.ts";
import { SCHEMA_FILES } from "./schema.ts";

/** The last file of a store whose identities have 128 bits. */
const FILES_OF_128_BITS = SCHEMA_FILES.indexOf("031_object_part.sql") + 1;

/** Writes a store as it was before identities had 96 bits, with one fact for each of the ids. */
async function writeOldStore(file: string, ids: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  await connection.run("CREATE TABLE schema_file (number INTEGER PRIMARY KEY, name VARCHAR NOT NULL)");
  for (const [index, name] of SCHEMA_FILES.slice(0, FILES_OF_128_BITS).entries()) {
    await connection.run(await readFile(new URL(`./schema/${name}`, import.meta.url), "utf8"));
    await connection.run("INSERT INTO schema_file VALUES ($1, $2)", [index + 1, name]);
  }
  await connection.run("INSERT INTO usage_name VALUES (1, 's')");
  for (const [index, id] of ids.entries()) {
    const digest = createHash("sha256").update(`1 s ${id}`).digest().subarray(0, 16);
    const identity = BigInt(`0x${Buffer.from(digest).reverse().toString("hex")}`);
    await connection.run(
      `INSERT INTO usage_raw VALUES (1, 0, '${identity}'::UHUGEINT, ${index}, 1, 1, 3, 0, 0, 0, 0, 0, 1, 0, 0, 5, 1, 0)`,
    );
    // Each made an object of its own of 5 bytes.
    const object = createHash("sha256").update(`1\0${id}`).digest("base64url").slice(0, 22);
    await connection.run(
      `INSERT INTO object_size VALUES (1, '${object}', ${index}, '${digest.toString("hex")}', 5, true)`,
    );
  }
  connection.closeSync();
  instance.closeSync();
}

it("a store with identities of 128 bits knows every event again, and new ones are new, after it was opened", async () => {
  const folder = await mkdtemp(join(tmpdir(), "assetmeter-identity-"));
  const file = join(folder, "usage.duckdb");
  await writeOldStore(file, ["a", "b", "c"]);
  const store = await openDuckdbStore({
    file,
    memoryBytesMax: 512 * 1024 * 1024,
    threads: 2,
    dedupeHorizonMs: 35 * 86_400_000,
    clock: buildFixedClock(0),
  });
  const rows = ["c", "new", "a"].map((id) => buildRow(id));
  expect(await store.append(buildBatch(rows, { receivedMs: 1 }))).toEqual({ duplicates: [0, 2] });
  // Three old facts and the new one.
  expect((await store.scan(buildScan()))[0]?.sums).toEqual([4n]);
  expect(await store.rebuildRollups()).toEqual([]);
  const events = await store.readEvents(
    1,
    [buildRow("b"), buildRow("never")].map(({ identity }) => identity),
  );
  expect(events.map((event) => event?.timeMs)).toEqual([1, undefined]);
  const target = { by: "ids", identities: [buildRow("a").identity] } as const;
  const why = { reason: "wrong", author: "t1 Ada", madeMs: 1, isPreview: false };
  await store.correct({ organization: 1, source: "s", target, replacements: [], ...why });
  const object = { key: "a", size: 9, exists: true };
  await store.append(buildBatch([{ ...buildRow("older", { timeMs: 0 }), object }], { receivedMs: 2 }));
  // 5 of b, 5 of c, and of a what the one change says that counts.
  const sums = [{ measure: "sizeDelta", kinds: null }] as const;
  expect((await store.scan(buildScan({ sums })))[0]?.sums).toEqual([19n]);
  await store.close();
  await rm(folder, { recursive: true, force: true });
});
