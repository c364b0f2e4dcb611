import { describe, expect, test } from "vitest";
import { buildOneByOne } from "./one-by-one.ts";

/** Work that ends when it is told to, and the names of what has begun. */
const open = (ofOneMax: number, ofAllMax: number) => {
  const oneByOne = buildOneByOne({ ofOneMax, ofAllMax });
  const begun: string[] = [];
  const start = (key: string, name: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const result = oneByOne.run(key, () => {
      begun.push(name);
      return promise;
    });
    return { result, end: () => resolve(name), fail: (error: Error) => reject(error) };
  };
  return { start, begun };
};

describe("buildOneByOne", () => {
  test("work under one key begins when what was given before it has ended, well or badly", async () => {
    const { start, begun } = open(5, 5);
    const [first, second, third] = [start("a", "first"), start("a", "second"), start("a", "third")];
    first.fail(new Error("no"));
    await expect(first.result).rejects.toThrow("no");
    second.end();
    expect(await second.result).toBe("second");
    third.end();
    expect(await third.result).toBe("third");
    expect(begun).toEqual(["first", "second", "third"]);
  });

  test("one more than may wait for one key is refused, and is let in when one has ended", async () => {
    const { start } = open(1, 5);
    const [running, waiting] = [start("a", "running"), start("a", "waiting")];
    await expect(start("a", "third").result).rejects.toMatchObject({ code: "request/too-many", retryAfterS: 2 });
    running.end();
    await running.result;
    const next = start("a", "next");
    waiting.end();
    next.end();
    expect(await Promise.all([waiting.result, next.result])).toEqual(["waiting", "next"]);
  });

  test("one more than may wait in all is refused, but what has nothing to wait for is not", async () => {
    const { start } = open(5, 1);
    const pieces = [start("a", "1"), start("a", "2"), start("b", "3")];
    await expect(start("b", "4").result).rejects.toMatchObject({ code: "request/too-many" });
    pieces.push(start("c", "5"));
    for (const piece of pieces) piece.end();
    expect(await Promise.all(pieces.map(({ result }) => result))).toEqual(["1", "2", "3", "5"]);
    // All of them have left their places.
    const later = [start("a", "6"), start("a", "7")];
    for (const piece of later) piece.end();
    expect(await Promise.all(later.map(({ result }) => result))).toEqual(["6", "7"]);
  });
});
