/** Missed files while one of them is just being packed: the others are not unpacked again at each look. */
import { rename, utimes, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { expect, test, vi } from "vitest";
import { TEST_NOW_MS } from "../open-intake.contract.ts";
import { line, openFollowed } from "./open-followed.contract.ts";

/** Names of files of which pieces were read. */
const opened = vi.hoisted((): string[] => []);

vi.mock("./file-status.ts", async (importOriginal) => {
  const real = await importOriginal<typeof import("./file-status.ts")>();
  const openSeen: typeof real.openSeen = (file) => {
    opened.push(file.path.slice(file.path.lastIndexOf("/") + 1));
    return real.openSeen(file);
  };
  return { ...real, openSeen };
});

test("a missed file that is waited for has whole ones unpacked once, and plain ones not read", async () => {
  const followed = await openFollowed("access.log");
  const { log } = followed;
  const writeAt = async (ms: number, path: string, content: string | Buffer) => {
    await writeFile(path, content);
    await utimes(path, (TEST_NOW_MS + ms) / 1_000, (TEST_NOW_MS + ms) / 1_000);
  };
  await writeAt(-4, log, `${line("/a")}\n`);
  const file = followed.follow();
  await file.pass();
  await rename(log, `${log}.4`);
  await writeAt(-3, `${log}.3`, `${line("/b")}\n`);
  await writeAt(-2, `${log}.2.gz`, gzipSync(`${line("/c")}\n`));
  await writeAt(-1, `${log}.1.gz`, gzipSync(`${line("/d")}\n`).subarray(0, -4));
  await writeAt(0, log, `${line("/e")}\n`);
  opened.length = 0;
  expect([await file.pass(), await file.pass(), await file.pass()]).toEqual([0, 0, 0]);
  expect(opened).toEqual(["access.log.2.gz", "access.log.1.gz"]);
  await writeAt(-1, `${log}.1.gz`, gzipSync(`${line("/d")}\n`));
  expect(await file.pass()).toBe(4);
  await followed.close();
});
