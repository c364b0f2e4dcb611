import { describe, expect, test } from "vitest";
import type { Catalog } from "../../../catalog/catalog.ts";
import { PartlyDone } from "../../../model/served-request.ts";
import { buildFixedClock } from "../../../platform/clock.ts";
import { AppError } from "../../../platform/errors.ts";
import { ADMIN, buildRouteRequest } from "../fixtures/route-request.contract.ts";
import { buildTrashRoutes } from "./trash.ts";

const principal = { ...ADMIN, user: 5 };

/** Clears a trash whose pieces have files of these lengths; a piece that is an error fails. */
function clearTrash(...pieces: readonly (readonly number[] | AppError)[]): Promise<unknown> {
  const rest = [...pieces];
  const catalog = {
    readSpace: async () => ({ organization: 1, id: 606 }),
    async purgeTrash(_organization: number, _space: number, assetsMax: number) {
      const piece = rest.shift();
      if (piece instanceof AppError) throw piece;
      // All but the last piece are as long as was allowed, and not every asset has a file.
      return { assets: rest.length > 0 ? assetsMax : 1, fileBytes: piece ?? [] };
    },
  } as unknown as Catalog;
  const route = buildTrashRoutes({ catalog, clock: buildFixedClock(0) }).find(({ path }) => path.endsWith("trash"))!;
  return route.answer({ principal, space: 606 }, buildRouteRequest("/v1/spaces/606/assets/clear_trash"));
}

const removed = (objects: number, bytes: number) => ({
  ...{ kind: "delete", organization: 1, space: 606, user: 5, asset: null, operation: "DELETE", count: 1, bytesIn: 0 },
  ...{ sizeDelta: -bytes, objectsDelta: -objects },
});

describe("clear_trash", () => {
  test("says all that its pieces removed as one fact", async () => {
    expect(await clearTrash([10, 20], [30])).toEqual({ status: 204, usage: [removed(3, 60)] });
  });

  test("says what was removed before the piece that fails, with the failure as its cause", async () => {
    const failure = new AppError("catalog/unavailable", "Try again.");
    const error = await clearTrash([10, 20], [30], failure).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PartlyDone);
    expect(error).toMatchObject({ usage: [removed(3, 60)], cause: failure });
  });

  test("fails as it is when nothing was removed before", async () => {
    const failure = new AppError("catalog/unavailable", "Try again.");
    await expect(clearTrash(failure)).rejects.toBe(failure);
  });
});
