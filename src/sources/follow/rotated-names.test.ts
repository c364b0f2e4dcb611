/** Patterns that name rotated files as well: what one name has read of a file is not read again under the next one. */
import { appendFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { lines } from "./open-followed.contract.ts";
import { folder, following, makeSource, opened, openForEachTest, startFollowing } from "./open-following.contract.ts";

openForEachTest(() => {
  startFollowing();
});

describe.each([false, true])("a pattern that names rotated files, restart at each look %s", (restarts) => {
  const settle = async (): Promise<void> => {
    if (restarts) {
      await following.close();
      startFollowing();
    }
    await following.settle();
  };

  let log: string;
  beforeEach(async () => {
    log = join(folder, "access.log");
    await writeFile(log, lines("/a"));
  });

  // The live file is looked at before the rotated ones, and behind them.
  test.each([[["access.log*"]], [["access.log.*", "access.log"]]])(
    "as %j does, has no line received twice",
    async (paths) => {
      await makeSource("www", paths);
      await settle();
      await appendFile(log, lines("/b"));
      await settle();
      await rename(log, `${log}.1`);
      await writeFile(log, lines("/c"));
      await settle();
      await rename(`${log}.1`, `${log}.2`);
      await rename(log, `${log}.1`);
      await writeFile(log, lines("/d"));
      await settle();
      await appendFile(log, lines("/e"));
      await settle();
      expect(await opened.readCounts("www")).toMatchObject({ received: 5, accepted: 5, duplicates: 0 });
    },
  );
});
