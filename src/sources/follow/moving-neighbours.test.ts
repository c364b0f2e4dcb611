/** Files that are renamed or packed while they are looked for beside their name: none of them is taken for deleted. */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { appendFile, rename, symlink, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { FollowedFile } from "./followed-file.ts";
import { followed, lines, log, openForEachTest } from "./open-followed.contract.ts";

/** What is done after a folder was listed, and before a file is looked at or opened. */
const hooks = vi.hoisted(() => {
  const none = (_path: string): void => {};
  return { none, afterList: none, beforeStat: none, beforeOpen: none };
});

vi.mock("node:fs/promises", async (importOriginal) => {
  const real = await importOriginal<typeof import("node:fs/promises")>();
  const readdir = async (path: string) => {
    const names = await real.readdir(path);
    hooks.afterList(path);
    return names;
  };
  const stat = async (path: string) => {
    hooks.beforeStat(path);
    return real.stat(path);
  };
  const open = async (path: string, flags: string) => {
    hooks.beforeOpen(path);
    return real.open(path, flags);
  };
  return { ...real, readdir, stat, open };
});

openForEachTest("access.log");

let file: FollowedFile;
beforeEach(async () => {
  // The older file has a line that was not read when it is looked for.
  await writeFile(log, lines("/a"));
  file = followed.follow();
  await file.pass();
  await rename(log, `${log}.1`);
  await writeFile(log, lines("/b"));
  await file.pass();
  await appendFile(`${log}.1`, lines("/late"));
});
afterEach(() => {
  Object.assign(hooks, { afterList: hooks.none, beforeStat: hooks.none, beforeOpen: hooks.none });
});

/** Has something done once, when a hook is called with this path. */
function once(hook: "afterList" | "beforeStat" | "beforeOpen", path: string, does: () => void): void {
  hooks[hook] = (called) => {
    if (called !== path) return;
    hooks[hook] = hooks.none;
    does();
  };
}

const renameOlder = () => renameSync(`${log}.1`, `${log}.2`);

const packOlder = () => {
  writeFileSync(`${log}.1.gz`, gzipSync(readFileSync(`${log}.1`)));
  rmSync(`${log}.1`);
};

const rotate = () => {
  renameOlder();
  renameSync(log, `${log}.1`);
  writeFileSync(log, lines("/c"));
};

describe("what came to a renamed file counts", () => {
  test.each([
    ["renamed", renameOlder, 1],
    ["packed", packOlder, 1],
    ["rotated with the one at the name", rotate, 2],
  ])("when it is %s after its folder was listed", async (_, does, count) => {
    once("afterList", followed.folder, does);
    expect((await file.pass()) + (await file.pass())).toBe(count);
    expect(await followed.readCounts()).toMatchObject({ accepted: 2 + count, rejected: {} });
  });

  test.each([
    ["renamed", renameOlder],
    ["packed", packOlder],
  ])("when it is %s between being seen and being opened", async (_, does) => {
    once("beforeOpen", `${log}.1`, does);
    expect(await file.pass()).toBe(1);
  });

  test("when it cannot be opened or looked at for a while: the look fails, and the next one has it", async () => {
    for (const [hook, code] of [
      ["beforeOpen", "EMFILE"],
      ["beforeOpen", "EACCES"],
      ["beforeStat", "EIO"],
    ] as const) {
      once(hook, `${log}.1`, () => {
        throw Object.assign(new Error(code), { code, syscall: "open" });
      });
      await expect(file.pass()).rejects.toMatchObject({ code });
    }
    expect(await file.pass()).toBe(1);
  });

  test("when a link beside it leads nowhere", async () => {
    await symlink("nowhere", `${log}.0`);
    expect(await file.pass()).toBe(1);
  });
});

test("another file that nobody lets us read does not keep a deleted one from being over", async () => {
  await writeFile(`${log}.0`, "");
  rmSync(`${log}.1`);
  hooks.beforeOpen = (path) => {
    if (path === `${log}.0`) throw Object.assign(new Error(path), { code: "EACCES", syscall: "open" });
  };
  expect(await file.pass()).toBe(0);
  expect(await followed.readPlace()).toMatchObject({ earlier: null });
});
