import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

/** Opens a store in a process of its own, whose engine says on stderr which options it was loaded with. */
async function openAndTell(options: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "assetmeter-memory-"));
  try {
    const program = `
      const { openDuckdbStore } = await import(${JSON.stringify(new URL("./open.ts", import.meta.url).href)});
      const file = ${JSON.stringify(join(folder, "usage.duckdb"))};
      const sizes = { memoryBytesMax: 128 * 1024 * 1024, threads: 1, dedupeHorizonMs: 0 };
      await (await openDuckdbStore({ file, ...sizes, clock: { now: () => 0 } })).close();`;
    const env = { ...process.env, DUCKDB_JE_MALLOC_CONF: options };
    const { stderr } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], { env });
    return stderr;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

it("the engine is loaded with our time for freed memory, and what the operator has set comes last", async () => {
  const told = await openAndTell("confirm_conf:true,muzzy_decay_ms:5000");
  const set = [...told.matchAll(/Set conf value: ((?:dirty|muzzy)_decay_ms:\d+)/g)].map((match) => match[1]);
  expect(set.slice(-3)).toEqual(["dirty_decay_ms:60000", "muzzy_decay_ms:60000", "muzzy_decay_ms:5000"]);
});
