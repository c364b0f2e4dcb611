/** Sizes of objects from logs: what is stored is the same whatever order the lines come in, and however often. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openTestIntake, type TestIntake } from "../open-intake.contract.ts";
import { importFile } from "./import-file.ts";

let opened: TestIntake;
beforeEach(async () => {
  opened = await openTestIntake();
});
afterEach(() => opened.close());

const OWNER = "4c1029697ee358715d3a14a2add817c4b01651440de808371f78165ac90dc581";

/** A line of S3 at a second of one minute. */
function line(second: number, operation: string, key: string, size: number | "-"): string {
  const time = `[20/Nov/2026:08:15:${String(second).padStart(2, "0")} +0000]`;
  const request = `"PUT /${key} HTTP/1.1" 200 - - ${size} 41 12`;
  return `${OWNER} media ${time} 192.0.2.17 - ID${second} ${operation} ${key} ${request} "-" "Demo/1.0" - host - - - h - - -`;
}

async function send(lines: readonly string[], organization = opened.organization) {
  const { intake, clock } = opened;
  async function* chunks() {
    yield Buffer.from(lines.map((each) => `${each}\n`).join(""));
  }
  const whose = { organization, source: "bucket", format: "s3", space: null, allowedSpaces: null } as const;
  return importFile({ ...whose, chunks: chunks(), bytesTotal: 0, name: "a", lineBytesMax: 65_536, intake, clock });
}

/** Bytes and objects stored. */
async function readStored(organization = opened.organization): Promise<readonly number[]> {
  const rows = await opened.store.scan({
    organization,
    segments: [{ table: "usage_raw", startMs: 0, endMs: Date.UTC(2200, 0, 1) }],
    filter: {},
    groupBy: [],
    sums: [
      { measure: "sizeDelta", kinds: null },
      { measure: "objectsDelta", kinds: null },
    ],
    windows: null,
    keep: null,
    orderBySum: null,
    rowsMax: null,
  });
  return (rows[0]?.sums ?? []).map(Number);
}

// a: 100, then 250 (overwritten), then gone. b: 70. c: copied, 30. In the end 70 + 30 bytes in 2 objects.
const LINES = [
  line(1, "REST.PUT.OBJECT", "a", 100),
  line(2, "REST.PUT.OBJECT", "b", 70),
  line(3, "REST.PUT.OBJECT", "a", 250),
  line(4, "REST.COPY.OBJECT", "c", 30),
  line(5, "REST.DELETE.OBJECT", "a", 250),
];

describe("sizes of objects", () => {
  test("an overwritten object counts with its new size, a deleted one not at all", async () => {
    await send(LINES.slice(0, 4));
    expect(await readStored()).toEqual([350, 3]);
    await send(LINES.slice(4));
    expect(await readStored()).toEqual([100, 2]);
  });

  test("any order of lines, cut into any files and sent again, gives the same bytes and objects", async () => {
    let run = 0;
    const orders = fc.shuffledSubarray(LINES, { minLength: LINES.length });
    await fc.assert(
      fc.asyncProperty(orders, fc.integer({ min: 0, max: LINES.length }), async (lines, cut) => {
        const { id } = await opened.catalog.createOrganization({ name: `Run ${run++}` });
        await send(lines.slice(0, cut), id);
        await send(lines.slice(cut), id);
        await send(lines, id);
        expect(await readStored(id)).toEqual([100, 2]);
      }),
      { numRuns: 15 },
    );
  });

  test("with versioned, what an upload replaces stays", async () => {
    const { catalog, organization } = opened;
    await catalog.ensureSource({ organization, name: "bucket", format: "s3", settings: { versioned: true } });
    await send([...LINES].reverse());
    expect(await readStored()).toEqual([450, 2]);
  });

  test("a size that nobody says, and the deletion of what nobody has seen, change nothing", async () => {
    await send([line(1, "REST.POST.UPLOAD", "big", "-"), line(2, "REST.DELETE.OBJECT", "other", 5)]);
    expect(await readStored()).toEqual([0, 0]);
  });
});
