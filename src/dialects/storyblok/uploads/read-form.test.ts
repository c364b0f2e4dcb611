/**
 * Forms with a file whose client waits in the middle.
 */
import { describe, expect, it } from "vitest";
import { readUploadForm } from "./read-form.ts";

const BOUNDARY = "b";
const contentType = `multipart/form-data; boundary=${BOUNDARY}`;
const field = (name: string, value: string) =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const file = (bytes: string) =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n${bytes}`;

/** A body that begins so, and of which nothing more comes. */
async function* stalled(text: string) {
  yield Buffer.from(text);
  await new Promise(() => {});
}

/** A body of these pieces. */
async function* pieces(...texts: readonly string[]) {
  for (const text of texts) yield Buffer.from(text);
}

describe("readUploadForm", () => {
  it("refuses a form as soon as it is known to be wrong, though its client sends nothing more", async () => {
    const body = stalled(field("a", "x".repeat(70_000)) + field("b", "begins"));
    const read = readUploadForm({ body, contentType }, async () => "taken");
    await expect(read).rejects.toMatchObject({ code: "request/invalid", message: "A field is too long." });
  });

  it("refuses a file that is not wanted, though its client sends nothing more of it", async () => {
    const body = stalled(field("key", "k") + file("the first half"));
    const read = readUploadForm({ body, contentType }, async () => {
      throw new Error("not wanted");
    });
    await expect(read).rejects.toThrow("not wanted");
  });

  it("reads fields and a file that come in many pieces", async () => {
    const text = `${field("key", "k")}${file("x".repeat(300_000))}\r\n--${BOUNDARY}--\r\n`;
    const body = pieces(...(text.match(/.{1,1000}/gs) ?? []));
    const taken = await readUploadForm({ body, contentType }, async (fields, bytes) => {
      let length = 0;
      for await (const chunk of bytes) length += (chunk as Buffer).length;
      return { key: fields.get("key"), length };
    });
    expect(taken).toEqual({ key: "k", length: 300_000 });
  });
});
