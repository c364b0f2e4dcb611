/**
 * Segments on a disk that fails, and segments that are begun while they are followed: no line twice, and none lost.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { buildLogger } from "../../platform/log.ts";
import { openTestIntake } from "../open-intake.contract.ts";
import { buildSegmentFollower } from "./follow-segments.ts";
import { openSegmentWriter } from "./segment-writer.ts";

/** What goes wrong with files that are opened: the write that fails behind its bytes, and what is asked once one is there. */
const disk = { failsBehindWrite: 0, opened: () => {} };
vi.mock("node:fs/promises", async (importReal) => {
  const real = await importReal<typeof import("node:fs/promises")>();
  const open: typeof real.open = async (...given) => {
    const handle = await real.open(...given);
    disk.opened();
    const { write } = handle;
    let writes = 0;
    handle.write = (async (...lines: Parameters<typeof write>) => {
      const written = await write.apply(handle, lines);
      writes += 1;
      if (writes === disk.failsBehindWrite) throw Object.assign(new Error("broken"), { code: "EIO" });
      return written;
    }) as typeof handle.write;
    handle.truncate = async () => {
      throw Object.assign(new Error("broken"), { code: "EIO" });
    };
    return handle;
  };
  return { ...real, open };
});

let world: Awaited<ReturnType<typeof openTestIntake>>;
let folder: string;
beforeEach(async () => {
  world = await openTestIntake();
  folder = mkdtempSync(join(tmpdir(), "assetmeter-segments-"));
});
afterEach(async () => {
  Object.assign(disk, { failsBehindWrite: 0, opened: () => {} });
  await world.close();
  rmSync(folder, { recursive: true });
});

const logger = buildLogger("silent");

function openWriter() {
  let number = 0;
  return openSegmentWriter({ folder, newName: () => String(++number), logger });
}

describe("a segment whose write failed, and which could not be cut either", () => {
  test("has as many bytes that stay as were written before, for who follows it", async () => {
    disk.failsBehindWrite = 2;
    const writer = await openWriter();
    writer.add("first\n");
    await writer.flush();
    writer.add("second\n");
    await expect(writer.flush()).rejects.toMatchObject({ code: "EIO" });
    disk.failsBehindWrite = 0;
    await writer.flush();
    // `first\n` has 6 bytes; the next segment has the second line again.
    expect([...writer.cutAt]).toEqual([["1.ndjson", 6]]);
    expect(writer.growing()).toEqual({ name: "2.ndjson", bytes: 7 });
    await writer.close();
  });

  test("is read up to there and removed", async () => {
    const name = "1.ndjson";
    writeFileSync(join(folder, name), "no line of ours\nno line of ours\n");
    const errors: unknown[] = [];
    const counting = Object.assign(Object.create(logger), { error: (said: unknown) => errors.push(said) });
    const follower = buildSegmentFollower({ ...world, folder, logger: counting });
    await follower.follow({ growing: () => null, cutAt: new Map([[name, 16]]) });
    expect(errors).toEqual([{ segment: name, damaged: 1 }]);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("a segment that is begun", () => {
  test("is the growing one from before it is in the folder on", async () => {
    const writer = await openWriter();
    const seen: unknown[] = [];
    disk.opened = () => seen.push([existsSync(join(folder, "1.ndjson")), writer.growing()]);
    writer.add("first\n");
    await writer.flush();
    expect(seen).toEqual([[true, { name: "1.ndjson", bytes: 0 }]]);
    await writer.close();
  });

  test("while the folder is followed stays", async () => {
    const follower = buildSegmentFollower({ ...world, folder, logger });
    // Asked for the growing one there is none, and there is one right behind the answer.
    const growing = () => {
      writeFileSync(join(folder, "1.ndjson"), "");
      return null;
    };
    await follower.follow({ growing, cutAt: new Map() });
    expect(readdirSync(folder)).toEqual(["1.ndjson"]);
  });
});
