import { describe, expect, test } from "vitest";
import { buildTestBucket } from "../bucket.contract.ts";
import { NO_FIGURES } from "../storage-figures.ts";
import { type Breakdown, toEntities } from "./entities.ts";

const NUMBERS = [10, 9, 100];
const TEXTS = ["9", "1a", "b", "10", "B"];

/** Things of these ids without usage, but for 7 bytes that the bucket "b" sent. */
function idsOf(breakdown: Breakdown): readonly string[] {
  const own = { organization: 42, createdAtMs: 0 };
  const things = {
    buckets: TEXTS.map((id) => buildTestBucket(id)),
    repos: TEXTS.map((id) => ({ ...own, id, name: id, space: 5 })),
    spaces: NUMBERS.map((id) => ({ ...own, id, name: `space ${id}`, updatedAtMs: 0 })),
  };
  const figures = new Map([[0, new Map([["b", { ...NO_FIGURES, downloadBytes: 7n }]])]]);
  return toEntities(breakdown, things, figures).map(({ id }) => id);
}

describe("toEntities", () => {
  test("workspaces of equal bytes are by their numbers", () => {
    expect(idsOf("workspaces")).toEqual(["9", "10", "100"]);
  });

  test("most bytes come first; ids of buckets and repos are texts, though they be digits", () => {
    expect(idsOf("buckets")).toEqual(["b", "10", "1a", "9", "B"]);
    expect(idsOf("repos")).toEqual(["10", "1a", "9", "B", "b"]);
  });
});
