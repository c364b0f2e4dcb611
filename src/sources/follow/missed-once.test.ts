/** Missed files while one of them is just being packed: the others are not unpacked again at each look. */
import { rename } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { followed, lines, log, openForEachTest, writeAt } from "./open-followed.contract.ts";

openForEachTest("access.log");

test("a whole missed file is unpacked once while another one is waited for", async () => {
  await writeAt(-3, log, lines("/a"));
  const file = followed.follow();
  await file.pass();
  await rename(log, `${log}.3`);
  const whole = gzipSync(lines("/c"));
  await writeAt(-2, `${log}.2.gz`, whole);
  await writeAt(-1, `${log}.1.gz`, gzipSync(lines("/d")).subarray(0, -4));
  await writeAt(0, log, lines("/e"));
  expect([await file.pass(), file.damaged().map((one) => one.file)]).toEqual([0, [`${log}.1.gz`]]);
  // Of the same size and time as before, which no writer leaves: whoever unpacks it again finds its damage.
  await writeAt(-2, `${log}.2.gz`, Buffer.concat([whole.subarray(0, -8), Buffer.alloc(8)]));
  expect([await file.pass(), file.damaged().map((one) => one.file)]).toEqual([0, [`${log}.1.gz`]]);
  await writeAt(-2, `${log}.2.gz`, whole);
  await writeAt(-1, `${log}.1.gz`, gzipSync(lines("/d")));
  expect([await file.pass(), file.damaged()]).toEqual([3, []]);
  expect(await followed.readCounts()).toMatchObject({ received: 4, accepted: 4, duplicates: 0 });
});
