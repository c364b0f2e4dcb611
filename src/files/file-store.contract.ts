/**
 * The suite that every place for files passes. A place's own test file calls runFileStoreContract.
 */
import { createHash, randomUUID } from "node:crypto";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AppError } from "../platform/errors.ts";
import type { FileAnswer, FileBounds, FileStore } from "./file-store.ts";

/** One new, empty place. Everything opened on it shares its files. */
export type ContractPlace = {
  open(): Promise<FileStore>;
  /** How many files there are in the place in whatever form, finished or not. */
  countFiles(): Promise<number>;
  drop(): Promise<void>;
};

/** Tests of the suite that a place is known to fail by a fault of its own, by name, and that fault in words. */
export type KnownFaults = Readonly<Record<string, string>>;

const BOUNDS: FileBounds = { bytesMin: 1, bytesMax: 1_000_000 };
const ALPHABET = "abcdefghijklmnopqrstuvwxyz";

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of texts) yield Buffer.from(chunk);
}

/** Gives some bytes, then fails as a connection does that ends early. */
async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("half");
  throw Object.assign(new Error("aborted"), { code: "ECONNRESET" });
}

async function readText(answer: FileAnswer | null): Promise<string | null> {
  return answer?.body == null ? null : text(answer.body);
}

/** Runs the whole suite; every test gets a place of its own. Known faults are skipped, each with its reason. */
export function runFileStoreContract(
  name: string,
  makePlace: () => Promise<ContractPlace>,
  faults: KnownFaults = {},
): void {
  describe(`FileStore in ${name}`, () => {
    let place: ContractPlace;
    let files: FileStore;
    const key = "0b54c1d2-7a39-4b0e-9f27-5d0a8a1f6c42";
    const get = (headers: Record<string, string> = {}, method = "GET") => files.answer(key, { method, headers });
    const put = (...texts: readonly string[]) => files.put(key, chunks(...texts), BOUNDS);

    beforeEach(async ({ task, skip }) => {
      const fault = faults[task.name];
      if (fault !== undefined) skip(fault);
      place = await makePlace();
      files = await place.open();
    });
    afterEach(async ({ task }) => {
      if (faults[task.name] !== undefined) return;
      await files.close();
      await place.drop();
    });

    test("a file is read back as it was put, with its length and its hash", async () => {
      const sha256 = createHash("sha256").update("hello world").digest("hex");
      expect(await put("hello ", "world")).toEqual({ bytes: 11, sha256 });
      expect(await files.stat(key)).toEqual({ bytes: 11 });
      const answer = await get();
      expect(answer).toMatchObject({ status: 200, headers: { "content-length": "11", "accept-ranges": "bytes" } });
      expect(answer?.headers["content-type"]).toBeUndefined();
      expect(answer?.headers["cache-control"]).toBeUndefined();
      expect(await readText(answer)).toBe("hello world");
    });

    test("a file of 12 MB, more than is held in memory at once, keeps every byte", async () => {
      const block = Buffer.alloc(65_536, ALPHABET);
      async function* blocks() {
        for (let i = 0; i < 192; i++) yield block;
      }
      const { bytes, sha256 } = await files.put(key, blocks(), { bytesMin: 1, bytesMax: 192 * 65_536 });
      const hash = createHash("sha256");
      for await (const chunk of (await get())?.body ?? []) hash.update(chunk as Buffer);
      expect([bytes, hash.digest("hex")]).toEqual([192 * 65_536, sha256]);
    });

    test("an unknown key has no length and no answer, and removing it is no error", async () => {
      expect(await files.stat(key)).toBeNull();
      expect(await get()).toBeNull();
      expect(await get({}, "HEAD")).toBeNull();
      await files.delete(key);
    });

    test("a removed file is gone, others stay", async () => {
      const other = randomUUID();
      await put("one");
      await files.put(other, chunks("two"), BOUNDS);
      await files.delete(key);
      await files.delete(key);
      expect(await files.stat(key)).toBeNull();
      expect(await files.stat(other)).toEqual({ bytes: 3 });
      expect(await place.countFiles()).toBe(1);
    });

    test("a file that is put again has the new bytes only", async () => {
      await put("a longer text");
      await put("short");
      expect(await readText(await get())).toBe("short");
      expect(await place.countFiles()).toBe(1);
    });

    test("files are still there when the place is opened again", async () => {
      await put("kept");
      await files.close();
      await files.close();
      files = await place.open();
      expect(await readText(await get())).toBe("kept");
    });

    describe("nothing is left and the old bytes stay", () => {
      const expectFailure = async (failing: Promise<unknown>, expected: unknown): Promise<void> => {
        const error = await failing.then(
          () => "nothing",
          (reason: unknown) => reason,
        );
        expect(error instanceof AppError ? error.code : (error as { code?: unknown }).code).toBe(expected);
        expect(await place.countFiles()).toBe(1);
        expect(await readText(await get())).toBe("before");
      };
      beforeEach(() => put("before"));

      test("of a file that breaks off", () => expectFailure(files.put(key, broken(), BOUNDS), "ECONNRESET"));

      test("of a new file that breaks off", () =>
        expectFailure(files.put(randomUUID(), broken(), BOUNDS), "ECONNRESET"));

      test("of a file one byte too long; one of exactly the bound is taken", async () => {
        const bounds = { bytesMin: 1, bytesMax: 10 };
        await expectFailure(files.put(key, chunks("12345", "678901"), bounds), "request/body-too-large");
        expect(await files.put(key, chunks("12345", "67890"), bounds)).toMatchObject({ bytes: 10 });
      });

      test("of a file that is shorter than was declared, and of an empty one", async () => {
        await expectFailure(files.put(key, chunks("12345"), { bytesMin: 6, bytesMax: 6 }), "request/invalid");
        await expectFailure(files.put(key, chunks(), BOUNDS), "request/invalid");
      });
    });

    test("100 files put at once under one key leave one of them, whole", async () => {
      const texts = Array.from({ length: 100 }, (_, index) => `${index}:${ALPHABET.repeat(100)}`);
      await Promise.all(texts.map((content) => put(content)));
      expect(texts).toContain(await readText(await get()));
      expect(await place.countFiles()).toBe(1);
    });

    describe("answer", () => {
      beforeEach(() => put(ALPHABET));

      test.each([
        ["bytes=0-4", "abcde", "bytes 0-4/26"],
        ["bytes=20-", "uvwxyz", "bytes 20-25/26"],
        ["bytes=-3", "xyz", "bytes 23-25/26"],
        ["bytes=24-100", "yz", "bytes 24-25/26"],
        ["bytes=0-0", "a", "bytes 0-0/26"],
      ])("the range %s is %s", async (range, expected, contentRange) => {
        const answer = await get({ range });
        expect(answer).toMatchObject({
          status: 206,
          headers: { "content-range": contentRange, "content-length": String(expected.length) },
        });
        expect(await readText(answer)).toBe(expected);
      });

      test("a range past the end is 416 with the length, without bytes", async () => {
        const answer = await get({ range: "bytes=26-30" });
        expect(answer).toEqual({ status: 416, headers: { "content-range": "bytes */26" }, body: null });
      });

      test.each(["bytes=0-1,5-6", "lines=1-2"])("%s is answered with the whole file", async (range) => {
        const answer = await get({ range });
        expect(answer).toMatchObject({ status: 200, headers: { "content-length": "26" } });
        expect(await readText(answer)).toBe(ALPHABET);
      });

      test("HEAD has the headers of GET and no bytes", async () => {
        const whole = await get();
        whole?.body?.destroy();
        const head = await get({}, "HEAD");
        expect([head?.status, head?.headers]).toEqual([200, whole?.headers]);
        expect((await readText(head)) ?? "").toBe("");
      });

      test("the file that a client has is 304, another one is sent", async () => {
        const first = await get();
        first?.body?.destroy();
        const { etag = "", "last-modified": modified = "" } = first?.headers ?? {};
        expect(await get({ "if-none-match": etag })).toMatchObject({ status: 304, headers: { etag }, body: null });
        // What Node's fetch sends by itself.
        expect(await get({ "if-none-match": etag, "cache-control": "no-cache" })).toMatchObject({ status: 304 });
        expect(await get({ "if-modified-since": modified })).toMatchObject({ status: 304, body: null });
        const other = await get({ "if-none-match": '"other"' });
        expect([other?.status, await readText(other)]).toEqual([200, ALPHABET]);
      });

      test("another file than the one that is asked for is 412", async () => {
        expect(await get({ "if-match": '"other"' })).toMatchObject({ status: 412, body: null });
      });

      test("a range holds only for the file that If-Range names", async () => {
        const first = await get();
        first?.body?.destroy();
        const { etag = "", "last-modified": modified = "" } = first?.headers ?? {};
        for (const [ifRange, status, length] of [
          [etag, 206, 5],
          [modified, 206, 5],
          ['"other"', 200, 26],
          ["Thu, 01 Jan 1970 00:00:00 GMT", 200, 26],
        ] as const) {
          const answer = await get({ range: "bytes=0-4", "if-range": ifRange });
          expect([ifRange, answer?.status, (await readText(answer))?.length]).toEqual([ifRange, status, length]);
        }
      });
    });

    test.each([
      "../../etc/passwd",
      "a",
      "",
      "A0000000",
      "a/b00000",
      "a\x000000",
      "é0000000",
      "-0000000",
      "a".repeat(65),
    ])("the malformed key %j is refused everywhere before anything happens", async (bad) => {
      await expect(files.put(bad, chunks("x"), BOUNDS)).rejects.toThrow("malformed");
      await expect(files.stat(bad)).rejects.toThrow("malformed");
      await expect(files.answer(bad, { method: "GET", headers: {} })).rejects.toThrow("malformed");
      await expect(files.delete(bad)).rejects.toThrow("malformed");
      expect(await place.countFiles()).toBe(0);
    });

    test("an open place answers a ping", async () => {
      await files.ping();
    });
  });
}
