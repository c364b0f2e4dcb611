/** What is looked at beside a followed name, and what is left alone. */
import { execFileSync } from "node:child_process";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { followed, lines, log, openForEachTest } from "./open-followed.contract.ts";

openForEachTest("access.log");

describe("files beside a followed name", () => {
  test("are looked for among regular files alone: a pipe that nobody writes to holds nothing up", async () => {
    await writeFile(log, lines("/a.jpg"));
    await followed.follow().pass();
    await rename(log, `${log}.3`);
    await writeFile(`${log}.2`, lines("/b.jpg"));
    await writeFile(log, lines("/c.jpg"));
    execFileSync("mkfifo", [`${log}.1`]);
    await mkdir(`${log}.0`);
    await followed.follow().pass();
    expect(await followed.readCounts()).toMatchObject({ received: 3, accepted: 3, duplicates: 0 });
  });

  test("are read whole when they came while nobody looked only under names that begin with it: others may be other logs", async () => {
    await writeFile(log, lines("/a.jpg"));
    await followed.follow().pass();
    await rename(log, log.replace("access.log", "access-1.log"));
    await writeFile(log.replace("access.log", "access-other.log"), lines("/other.jpg"));
    for (const other of ["offset", "1.offset", "swp", "gz"]) await writeFile(`${log}.${other}`, lines(`/${other}.jpg`));
    await writeFile(`${log}-20261120`, lines("/b.jpg"));
    await writeFile(log, lines("/c.jpg"));
    await followed.follow().pass();
    expect(await followed.readCounts()).toMatchObject({ received: 3, accepted: 3, duplicates: 0 });
  });

  test.each([".1", ".02.zst", "-20261120-1795162502.gz", ".2026-11-20T08:15:00", ".2026-11-20_08.gz", ".old"])(
    "are taken for missed ones when %s is behind the name",
    async (suffix) => {
      await writeFile(log, "");
      await followed.follow().pass();
      await writeFile(log + suffix, lines("/a.jpg"));
      await writeFile(log, lines("/b.jpg"));
      await followed.follow().pass();
      expect(await followed.readCounts()).toMatchObject({ received: 2, accepted: 2 });
    },
  );
});
