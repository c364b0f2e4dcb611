/**
 * One asset, 111 of space 606, as the vendor's page shows it, with folders and tags that it may have and others that it
 * may not.
 */
import { at, world } from "./storyblok-world.contract.ts";

/** The address of the asset. */
export const ASSET = "/v1/spaces/606/assets/111";

/** Folder 11 and tag 7 are of its space; folder 12 and tag 8 of another one, tag 9 is for ideas. */
export async function createShownAsset(): Promise<void> {
  const { catalog } = world;
  await catalog.createFolder({ organization: 1, space: 606, id: 11, name: "Folder" });
  await catalog.createFolder({ organization: 1, space: 101, id: 12, name: "Elsewhere" });
  await catalog.createTag({ organization: 1, space: 606, id: 7, name: "featured" });
  await catalog.createTag({ organization: 1, space: 606, id: 9, name: "idea", objectType: "idea" });
  await catalog.createTag({ organization: 1, space: 101, id: 8, name: "elsewhere" });
  await catalog.createAsset({
    organization: 1,
    id: 111,
    space: 606,
    path: "/f/606/3799x6005/3af265ee08/mypic.jpg",
    contentBytes: 3_094_788,
    createdAtMs: at("2025-01-18T08:01:02.759Z"),
    updatedAtMs: at("2025-01-19T08:01:08.652Z"),
  });
}
