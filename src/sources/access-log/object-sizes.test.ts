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

async function send(lines: readonly string[], organization = opened.organization, format: "s3" | "minio-audit" = "s3") {
  const { intake, clock } = opened;
  async function* chunks() {
    yield Buffer.from(lines.map((each) => `${each}\n`).join(""));
  }
  const whose = { organization, source: "bucket", format, space: null, allowedSpaces: null } as const;
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
    // The deleted one stays known: an older line of it that comes later changes nothing.
    expect((await opened.store.describe()).rows).toMatchObject({ object_size: 3, object_part: 0 });
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

  /** A line of a multipart upload of `big`; a part has a number and a size, the completion neither. */
  function partLine(second: number, upload: string, part: number | null, size: number | "-"): string {
    const query = part === null ? `uploadId=${upload}` : `partNumber=${part}&uploadId=${upload}`;
    const whole = line(second, part === null ? "REST.POST.UPLOAD" : "REST.PUT.PART", "big", size);
    return whole.replace("PUT /big", `${part === null ? "POST" : "PUT"} /big?${query}`);
  }

  test("an upload in parts has the size of its parts, the last one of each number, in any order of lines", async () => {
    const lines = [
      partLine(1, "u1", 1, 60),
      partLine(2, "u1", 2, 50),
      // Part 1 was sent again.
      partLine(3, "u1", 1, 70),
      partLine(4, "u1", null, "-"),
      // Never completed.
      partLine(5, "u2", 1, 1_000),
      line(6, "REST.PUT.OBJECT", "a", 7),
    ];
    let run = 0;
    const orders = fc.shuffledSubarray(lines, { minLength: lines.length });
    await fc.assert(
      fc.asyncProperty(orders, fc.integer({ min: 0, max: lines.length }), async (sent, cut) => {
        const { id } = await opened.catalog.createOrganization({ name: `Parts ${run++}` });
        await send(sent.slice(0, cut), id);
        await send(sent.slice(cut), id);
        await send(sent, id);
        // 70 + 50 of the upload, and 7.
        expect(await readStored(id)).toEqual([127, 2]);
      }),
      { numRuns: 25 },
    );
  });

  test("parts that come after their object was replaced or deleted change nothing, and a later upload counts its own", async () => {
    const first = [partLine(1, "u1", 1, 60), partLine(2, "u1", null, "-")];
    const second = [partLine(4, "u2", 1, 5), partLine(5, "u2", 2, 6), partLine(6, "u2", null, "-")];
    await send([...second, line(3, "REST.DELETE.OBJECT", "big", "-")]);
    expect(await readStored()).toEqual([11, 1]);
    await send(first);
    expect(await readStored()).toEqual([11, 1]);
    await send([line(7, "REST.DELETE.OBJECT", "big", "-"), partLine(5, "u2", 3, 100)]);
    expect(await readStored()).toEqual([0, 0]);
  });

  test("MinIO's uploads in parts have the size of their parts, though no completion of it says one", async () => {
    const entry = (id: number, name: string, query: object, header: object = {}) => {
      const api = { name, bucket: "media", object: "big", statusCode: 200, rx: 1, tx: 9 };
      const asked = { requestID: `R${id}`, requestQuery: query, requestHeader: header };
      return JSON.stringify({ deploymentid: "d", time: `2026-11-20T08:15:0${id}Z`, api, ...asked });
    };
    const part = (id: number, partNumber: string, bytes: string) =>
      entry(id, "PutObjectPart", { uploadId: "u1", partNumber }, { "Content-Length": bytes });
    const lines = [entry(3, "CompleteMultipartUpload", { uploadId: "u1" }), part(1, "1", "60"), part(2, "2", "50")];
    await send(lines, opened.organization, "minio-audit");
    expect(await readStored()).toEqual([110, 1]);
  });

  test("a copied part whose size nobody says adds nothing to what the other parts have, in any order of lines", async () => {
    const copied = partLine(2, "u1", 2, "-").replace("REST.PUT.PART", "REST.COPY.PART");
    const lines = [partLine(1, "u1", 1, 60), copied, partLine(3, "u1", null, "-")];
    await send(lines);
    await send([...lines].reverse());
    expect(await readStored()).toEqual([60, 1]);
    const range = { startMs: Date.UTC(2026, 10, 20), endMs: Date.UTC(2026, 10, 21), rowsMax: 10 };
    const hours = await opened.store.readSourceHours(opened.organization, range);
    // The copied part says so where the hours of its source are looked at.
    expect(hours.map(({ sizeUnknown }) => sizeUnknown).filter((records) => records > 0)).toEqual([1]);
  });

  test("objects and parts above 2 GB are stored beside small ones, whichever comes first in a log", async () => {
    await send([line(1, "REST.PUT.OBJECT", "a", 7), line(2, "REST.PUT.OBJECT", "b", 3_000_000_000)]);
    await send([partLine(3, "u1", 1, 5), partLine(4, "u1", 2, 4_000_000_000), partLine(5, "u1", null, "-")]);
    expect(await readStored()).toEqual([7_000_000_012, 3]);
  });

  test("parts that say more bytes than any store takes are of a size that nobody knows, and stop no later line", async () => {
    const most = Number.MAX_SAFE_INTEGER;
    await send([partLine(1, "u1", 1, most), partLine(2, "u1", 2, most), partLine(3, "u1", 3, 60)]);
    await send([partLine(4, "u1", null, "-"), line(5, "REST.PUT.OBJECT", "a", 7)]);
    expect(await readStored()).toEqual([67, 2]);
    const range = { startMs: Date.UTC(2026, 10, 20), endMs: Date.UTC(2026, 10, 21), rowsMax: 10 };
    const hours = await opened.store.readSourceHours(opened.organization, range);
    expect(hours.map(({ sizeUnknown }) => sizeUnknown).filter((records) => records > 0)).toEqual([2]);
  });

  test("a completion that says its size needs no parts", async () => {
    await send([partLine(1, "u1", 1, 60), partLine(2, "u1", null, 110), partLine(3, "u1", 2, 50)]);
    expect(await readStored()).toEqual([110, 1]);
  });

  test("with versioned, each upload in parts stays beside the next, whatever order its lines come in", async () => {
    const { catalog, organization } = opened;
    await catalog.ensureSource({ organization, name: "bucket", format: "s3", settings: { versioned: true } });
    const lines = [
      ...[partLine(1, "u1", 1, 60), partLine(2, "u1", 2, 40), partLine(3, "u1", null, "-")],
      ...[partLine(4, "u2", 1, 7), partLine(5, "u2", null, "-")],
    ];
    await send(lines.slice(3));
    await send([...lines.slice(0, 3)].reverse());
    expect(await readStored()).toEqual([107, 1]);
  });

  test("a size that nobody says, and the deletion of what nobody has seen, change nothing", async () => {
    await send([line(1, "REST.POST.UPLOAD", "big", "-"), line(2, "REST.DELETE.OBJECT", "other", 5)]);
    expect(await readStored()).toEqual([0, 0]);
  });
});
