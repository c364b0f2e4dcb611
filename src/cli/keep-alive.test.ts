/** What a server is sent of a log that comes with pauses: the log, and between its lines NULs that are no part of it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { keepAlive } from "./keep-alive.ts";
import { runCommand } from "./run-program.contract.ts";

/** What comes next, as text. */
async function take(body: AsyncIterator<Uint8Array>): Promise<string | null> {
  const next = await body.next();
  return next.done === true ? null : Buffer.from(next.value).toString();
}

async function begin(pipe: AsyncIterable<Uint8Array>): Promise<AsyncIterator<Uint8Array>> {
  return (await keepAlive(pipe, 1))[Symbol.asyncIterator]();
}

describe("keepAlive", () => {
  it("sends NULs while nothing comes, and holds a line back until it is over", async () => {
    const pipe = new PassThrough();
    pipe.write("one\ntwo");
    const body = await begin(pipe);
    expect([await take(body), await take(body), await take(body)]).toEqual(["one\n", "\0", "\0"]);
    pipe.write("2\nthree");
    const sent: (string | null)[] = [];
    while (sent.at(-1) !== "2\n") sent.push(await take(body));
    expect(sent.join("").replaceAll("\0", "")).toBe("two2\n");
    expect(sent.join("")).toMatch(/^\0*two2\n$/);
    pipe.end();
    while (sent.at(-1) !== null) sent.push(await take(body));
    expect(sent.join("")).toMatch(/^\0*two2\n\0*three$/);
  });

  it("begins no body before the first bytes have come, and none of nothing", async () => {
    const pipe = new PassThrough();
    let hasBegun = false;
    const body = begin(pipe).then((begun) => {
      hasBegun = true;
      return begun;
    });
    pipe.write("on");
    await new Promise((resolve) => setImmediate(resolve));
    expect(hasBegun).toBe(false);
    pipe.end("e\n");
    expect([await take(await body), await take(await body), await take(await body)]).toEqual(["on", "e\n", null]);
    expect(await take(await begin(Readable.from([])))).toBeNull();
  });

  it.each([gzipSync("one\n"), zstdCompressSync("one\n")])("sends packed bytes as they are", async (packed) => {
    const body = await keepAlive(Readable.from([packed.subarray(0, 3), packed.subarray(3)]), 1);
    expect(Buffer.concat(await Array.fromAsync(body))).toEqual(packed);
  });

  it("ends with the error of the log", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("line\nhalf");
      throw new Error("gone");
    }
    const body = await begin(broken());
    expect(await take(body)).toBe("line\n");
    await expect(take(body)).rejects.toThrow("gone");
  });
});

describe("a NUL between lines", () => {
  const folder = mkdtempSync(join(tmpdir(), "assetmeter-alive-"));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("is no line and no part of one: the log without it is the same log", async () => {
    const line = (path: string) => `192.0.2.1 - - [02/Mar/2026:10:00:00 +0000] "GET ${path} HTTP/1.1" 200 5 "-" "x"\n`;
    const importLog = async (name: string, log: string) => {
      writeFileSync(join(folder, name), log);
      const { out } = await runCommand(["import", join(folder, name), "--data-dir", join(folder, "data"), "--json"]);
      return JSON.parse(out);
    };
    const filled = await importLog("filled.log", `${line("/a")}\0${line("/b")}\0\0${line("/b")}\0`);
    expect(filled).toMatchObject({ received: 3, accepted: 3 });
    expect(await importLog("plain.log", line("/a") + line("/b") + line("/b"))).toMatchObject({ duplicates: 3 });
  });
});
