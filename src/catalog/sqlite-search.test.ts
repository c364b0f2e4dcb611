/**
 * Text search in the SQLite catalogue against a plain search of the same texts.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildFixedClock } from "../platform/clock.ts";
import { randomIds } from "../platform/ids.ts";
import { openSqliteCatalog } from "./sqlite.ts";
import { buildCaseVariants, escapeLike } from "./sqlite-search.ts";

describe("findText", () => {
  test("finds exactly the texts that contain the text, whatever characters both have", async () => {
    const folder = await mkdtemp(join(tmpdir(), "assetmeter-search-"));
    const catalog = await openSqliteCatalog({ file: join(folder, "c.db"), clock: buildFixedClock(0), ids: randomIds });
    try {
      await catalog.createOrganization({ id: 1, name: "One" });
      await catalog.createSpace({ organization: 1, id: 11, name: "Site" });
      // Few letters, so that many texts contain many others; all that FTS5 and LIKE give a meaning to.
      const text = (minLength: number, maxLength: number) =>
        fc.string({ unit: fc.constantFrom(..."abAB%_\\\"'*:(-^ éÉ😀"), minLength, maxLength });
      const [names = []] = fc.sample(fc.array(text(1, 12), { minLength: 80, maxLength: 80 }), { seed: 1, numRuns: 1 });
      for (const [index, shortFilename] of names.entries()) {
        await catalog.createAsset({ organization: 1, space: 11, id: index + 1, path: `/${index}`, shortFilename });
      }
      await fc.assert(
        fc.asyncProperty(text(1, 4), async (filenameContains) => {
          const expected = names.flatMap((name, index) =>
            name.toLowerCase().includes(filenameContains.toLowerCase()) ? [index + 1] : [],
          );
          const sort = { by: "createdAtMs", direction: "asc" } as const;
          const page = { page: 1, perPage: 100 };
          const listed = await catalog.listAssets(1, 11, { trash: false, filenameContains }, sort, page);
          expect(listed.assets.map((asset) => asset.id)).toEqual(expected);
          expect(listed.total).toBe(expected.length);
        }),
        { numRuns: 300 },
      );
    } finally {
      await catalog.close();
      await rm(folder, { recursive: true });
    }
  });
});

describe("findText of letters with more than two forms", () => {
  test("finds all of them, in short texts without the trigram index as in longer ones with it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "assetmeter-search-"));
    const catalog = await openSqliteCatalog({ file: join(folder, "c.db"), clock: buildFixedClock(0), ids: randomIds });
    try {
      await catalog.createOrganization({ id: 1, name: "One" });
      await catalog.createSpace({ organization: 1, id: 11, name: "Site" });
      for (const shortFilename of ["ΟΔΟΣ", "οδος", "οδοσ"]) {
        await catalog.createAsset({ organization: 1, space: 11, path: `/${shortFilename}`, shortFilename });
      }
      for (const filenameContains of ["ος", "ΟΣ", "οσ", "δος", "ΔΟΣ", "δοσ"]) {
        const sort = { by: "createdAtMs", direction: "asc" } as const;
        const listed = await catalog.listAssets(1, 11, { trash: false, filenameContains }, sort, {
          page: 1,
          perPage: 9,
        });
        expect([filenameContains, listed.total]).toEqual([filenameContains, 3]);
      }
    } finally {
      await catalog.close();
      await rm(folder, { recursive: true });
    }
  });
});

describe("buildCaseVariants", () => {
  test("letters beyond ASCII come in both cases, ASCII as it is", () => {
    expect(buildCaseVariants("aÄ").toSorted()).toEqual(["aÄ", "aä"].toSorted());
    expect(buildCaseVariants("éß").toSorted()).toEqual(["Éß", "Éẞ", "éß", "éẞ"]);
    expect(buildCaseVariants("A%")).toEqual(["A%"]);
    // Sigma has a form for the end of a word.
    for (const sigma of "σςΣ") expect(buildCaseVariants(sigma).toSorted()).toEqual(["Σ", "ς", "σ"]);
    expect(buildCaseVariants("ı")).toEqual(["ı"]);
  });

  test("of many letters there are no more than nine variants, in whatever length", () => {
    expect(buildCaseVariants("é".repeat(10_000))).toHaveLength(9);
  });
});

describe("escapeLike", () => {
  test("the three characters that LIKE reads are escaped, others are not", () => {
    expect(escapeLike("50%_a\\b*?")).toBe("50\\%\\_a\\\\b*?");
  });
});
