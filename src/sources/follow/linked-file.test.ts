/** A followed name that is a link into another folder, as that of a container's log: files are rotated where they are. */
import { appendFile, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { followed, lines, log, openForEachTest, writeAt } from "./open-followed.contract.ts";

openForEachTest("web.log");

describe.each([false, true])("a followed link, restart at each look %s", (restarts) => {
  let pass: () => Promise<number>;
  let target: string;
  beforeEach(async () => {
    const passAt = followed.buildPassing(1, restarts);
    pass = () => passAt(0);
    await mkdir(join(followed.folder, "pod"));
    target = join(followed.folder, "pod", "0.log");
    await writeAt(0, target, lines("/a"));
    await symlink(target, log);
    expect(await pass()).toBe(1);
    await appendFile(target, lines("/b"));
  });

  test("has all lines counted when its file is renamed where that is", async () => {
    await rename(target, `${target}.20261120-081500`);
    await writeFile(target, lines("/c"));
    expect(await pass()).toBe(2);
    await appendFile(`${target}.20261120-081500`, lines("/late"));
    expect([await pass(), await pass()]).toEqual([1, 0]);
    expect(await followed.readCounts()).toMatchObject({ received: 4, accepted: 4 });
  });

  test("has all lines counted when its file is packed where that is, and others came and went meanwhile", async () => {
    await writeFile(`${target}.20261120-081500.gz`, gzipSync(await readFile(target)));
    await writeAt(60_000, `${target}.20261120-081600`, lines("/missed"));
    await writeFile(target, lines("/c"));
    expect([await pass(), await pass()]).toEqual([3, 0]);
    expect(await followed.readCounts()).toMatchObject({ received: 4, accepted: 4 });
  });

  test("has all lines counted when it leads to another file, and when it is gone", async () => {
    const next = target.replace("0.log", "1.log");
    await writeFile(next, lines("/c"));
    await rm(log);
    await symlink(next, log);
    expect(await pass()).toBe(2);
    await appendFile(next, lines("/d"));
    await rm(log);
    expect([await pass(), await pass()]).toEqual([1, 0]);
    expect(await followed.readCounts()).toMatchObject({ received: 4, accepted: 4 });
  });
});
