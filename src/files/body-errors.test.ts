/**
 * What the reader of a file's bytes sees of their failure.
 */
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { tmpdir } from "node:os";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { AppError } from "../platform/errors.ts";
import { withBodyErrors } from "./body-errors.ts";

const toError = (cause: unknown) => new AppError("files/unavailable", "The bytes cannot be read.", { cause });

describe("withBodyErrors", () => {
  it("shows a failure of the disk in the place's own words", async () => {
    // A folder can be opened, and fails at the first read.
    const body = withBodyErrors(createReadStream(tmpdir()), toError);
    await expect(body.toArray()).rejects.toMatchObject({ code: "files/unavailable", cause: { code: "EISDIR" } });
  });

  it("leaves bytes that do not fail, and a reader that has enough, alone", async () => {
    expect(await withBodyErrors(Readable.from(["a", "b"]), toError).toArray()).toEqual(["a", "b"]);
    const body = withBodyErrors(Readable.from(["a"]), toError);
    body.destroy();
    await once(body, "close");
    expect(body.errored).toBeNull();
  });
});
