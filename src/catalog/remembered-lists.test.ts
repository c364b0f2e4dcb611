/**
 * What is remembered of lists: only what is right, and no more than fits.
 */
import { describe, expect, test } from "vitest";
import { buildRememberedLists } from "./remembered-lists.ts";
import type { WholeList } from "./whole-list.ts";

const ALWAYS = { fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };

/** A list of 1,000 bytes of numbers; with its key of one character some 1,250 bytes. */
function listOf(version: number, moments: { readonly fromMs: number; readonly untilMs: number } = ALWAYS): WholeList {
  return { version, seqs: new Float64Array(125), ...moments };
}

describe("buildRememberedLists", () => {
  test("a list is found under its own key only", () => {
    const lists = buildRememberedLists(10_000);
    const list = listOf(7);
    lists.keep("a", list);
    expect(lists.find("a", 0)).toBe(list);
    expect(lists.find("b", 0)).toBeNull();
  });

  test("a list that depends on the time is found from its first moment to before its last", () => {
    const lists = buildRememberedLists(10_000);
    lists.keep("a", listOf(1, { fromMs: 100, untilMs: 200 }));
    expect([99, 100, 199, 200].map((ms) => lists.find("a", ms) !== null)).toEqual([false, true, true, false]);
  });

  test("of more lists than fit, the one not used for the longest time leaves", () => {
    // Three of some 1,250 bytes fit, four do not.
    const lists = buildRememberedLists(4_000);
    for (const key of ["a", "b", "c"]) lists.keep(key, listOf(1));
    lists.find("a", 0);
    lists.keep("d", listOf(1));
    expect(["a", "b", "c", "d"].filter((key) => lists.find(key, 0) !== null)).toEqual(["a", "c", "d"]);
  });

  test("a list that is kept again takes its place once", () => {
    const lists = buildRememberedLists(4_000);
    for (let version = 1; version <= 50; version++) lists.keep("a", listOf(version));
    lists.keep("b", listOf(1));
    lists.keep("c", listOf(1));
    expect(lists.find("a", 0)?.version).toBe(50);
  });

  test("a list larger than the whole memory is not kept, pushes nothing out, and the one before it is gone", () => {
    const lists = buildRememberedLists(4_000);
    lists.keep("a", listOf(1));
    lists.keep("b", listOf(1));
    lists.keep("b", { version: 2, seqs: new Float64Array(10_000), ...ALWAYS });
    expect(lists.find("a", 0)).not.toBeNull();
    expect(lists.find("b", 0)).toBeNull();
  });
});
