/** The end of following: nothing of it is left. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { buildLogger } from "../../platform/log.ts";
import { openTestIntake } from "../open-intake.contract.ts";
import { openFollowing } from "./follow-sources.ts";

/** Watchers that were made, and not closed. */
const watching = vi.hoisted(() => ({ open: 0, made: 0 }));

vi.mock("node:fs", async (importOriginal) => {
  const real = await importOriginal<typeof import("node:fs")>();
  const watch: (...args: Parameters<typeof real.watch>) => ReturnType<typeof real.watch> = (...args) => {
    const watcher = real.watch(...args);
    watching.open += 1;
    watching.made += 1;
    watcher.on("close", () => {
      watching.open -= 1;
    });
    return watcher;
  };
  return { ...real, watch };
});

test("following that ends while sources are listed watches no folder afterwards", async () => {
  const opened = await openTestIntake();
  const folder = await mkdtemp(join(tmpdir(), "assetmeter-close-"));
  const { catalog, organization } = opened;
  const settings = { paths: [join(folder, "a.log")] };
  await catalog.ensureSource({ organization, name: "www", format: "combined", settings });
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  const listSources = async () => {
    reach();
    await held;
    return catalog.listSources(organization);
  };
  const following = openFollowing({ ...opened, lineBytesMax: 65_536, logger: buildLogger("silent"), listSources });
  const settled = following.settle();
  await reached;
  const closed = following.close();
  letGo();
  await Promise.all([settled, closed]);
  // Watchers say that they are closed a moment later.
  await vi.waitFor(() => expect(watching).toEqual({ open: 0, made: 1 }));
  await opened.close();
  await rm(folder, { recursive: true, force: true });
});
