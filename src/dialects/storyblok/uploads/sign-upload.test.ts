/**
 * What the sign request says of an asset, over the whole server: in its answer, and of the asset when its file has come.
 */
import { describe, expect, test } from "vitest";
import { refused, useOwnWorlds, world } from "../storyblok-world.contract.ts";

const ASSETS = "/v1/spaces/606/assets";

const sign = (body: unknown) => world.ask("POST", ASSETS, { body });

describe("POST /v1/spaces/:space_id/assets", () => {
  useOwnWorlds();

  test("422: metadata that is nested too deeply to be kept", async () => {
    const levels = 30_000;
    const answer = await sign(`{"filename":"a.txt","meta_data":{"a":${"[".repeat(levels)}${"]".repeat(levels)}}}`);
    expect(answer).toMatchObject({ status: 422, body: refused("meta_data", "is nested too deeply") });
  });
});
