/**
 * The catalogue's suite on SQLite, and what is SQLite's own: steps, locks, damage, crashes.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCatalogContract } from "./catalog.contract.ts";
import { openSqliteCatalog } from "./sqlite.ts";

runCatalogContract({
  name: "SQLite",
  open: async () => {
    const folder = await mkdtemp(join(tmpdir(), "assetmeter-catalog-"));
    return {
      connect: (clock, ids) => openSqliteCatalog({ file: join(folder, "catalog.db"), clock, ids }),
      drop: () => rm(folder, { recursive: true }),
    };
  },
  skip: [],
});
