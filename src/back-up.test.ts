/**
 * A backup is there as a whole or not at all, whatever else is asked for while it is written.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openParts, type Parts } from "./app.ts";
import { buildBackUp, restore } from "./back-up.ts";
import { readConfig } from "./config.ts";
import { buildFixedClock } from "./platform/clock.ts";
import { buildLogger } from "./platform/log.ts";
import { buildBatch, buildRow, buildScan } from "./store/usage-store.contract.ts";

let folder: string;
let dataDir: string;
let copy: string;
let parts: Parts;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-back-up-"));
  [dataDir, copy] = [join(folder, "data"), join(folder, "copy")];
  parts = await open(dataDir);
  await parts.store.append(buildBatch([buildRow("a", { count: 1 }), buildRow("b", { count: 2 })]));
});
afterEach(async () => {
  await parts.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(directory: string): Promise<Parts> {
  const config = readConfig({ environment: {}, overrides: { dataDir: directory, logLevel: "silent" } });
  return openParts(config, buildFixedClock(0), buildLogger("silent"));
}

const CONFLICT = { code: "catalog/conflict" };

describe("buildBackUp", () => {
  it("refuses a second backup while one is written, to the same folder or another, and spoils nothing of the first", async () => {
    const { backUp } = parts.operations;
    const first = backUp(copy);
    const others = [copy, join(folder, "other")].map((directory) =>
      expect(backUp(directory)).rejects.toMatchObject(CONFLICT),
    );
    await Promise.all(others);
    await first;
    expect(readdirSync(folder).sort()).toEqual(["copy", "data"]);
    const restored = join(folder, "restored");
    await restore(copy, restored);
    const opened = await open(restored);
    expect((await opened.store.scan(buildScan()))[0]?.sums).toEqual([3n]);
    await opened.close();
    expect(await backUp(join(folder, "next"))).toMatchObject({ files: 2 });
  });

  it("leaves nothing of a backup that fails, and makes the next one", async () => {
    rmSync(join(dataDir, "catalog.sqlite"));
    await expect(parts.operations.backUp(copy)).rejects.toMatchObject({ code: "catalog/unavailable" });
    await expect(parts.operations.backUp(copy)).rejects.toMatchObject({ code: "catalog/unavailable" });
    expect(readdirSync(folder)).toEqual(["data"]);
  });

  it("fails when somebody takes the store out of its folder meanwhile", async () => {
    const backUpStore = async (file: string) => {
      await parts.store.backUp(file);
      rmSync(file);
    };
    await expect(
      buildBackUp({ dataDir, filesBucket: null, clock: buildFixedClock(0), backUpStore })(copy),
    ).rejects.toMatchObject(CONFLICT);
    expect(readdirSync(folder)).toEqual(["data"]);
  });
});

describe("a backup and a restore to an empty folder that is there", () => {
  const place = () => join(folder, "place");
  beforeEach(() => mkdirSync(place()));

  it("are written into it, for it may be a mount point, and leave in it what belongs there alone", async () => {
    mkdirSync(join(place(), "lost+found"));
    const { ino } = statSync(place());
    await parts.operations.backUp(place());
    expect(readdirSync(place()).sort()).toEqual(["backup.json", "catalog.sqlite", "lost+found", "usage.duckdb"]);
    const disk = join(folder, "disk");
    mkdirSync(disk);
    const { ino: diskIno } = statSync(disk);
    await restore(place(), disk);
    expect(readdirSync(disk).sort()).toEqual(["catalog.sqlite", "usage.duckdb"]);
    // Neither was removed and made again, which no mount point can be, nor was anything written beside it.
    expect([statSync(place()).ino, statSync(disk).ino]).toEqual([ino, diskIno]);
    expect(readdirSync(folder).sort()).toEqual(["data", "disk", "place"]);
  });

  it("leave alone what somebody puts into it meanwhile, and nothing of themselves", async () => {
    const backUpStore = async (file: string) => {
      await parts.store.backUp(file);
      writeFileSync(join(place(), "notes.txt"), "mine");
    };
    const backUp = buildBackUp({ dataDir, filesBucket: null, clock: buildFixedClock(0), backUpStore });
    await expect(backUp(place())).rejects.toMatchObject(CONFLICT);
    expect(readdirSync(place())).toEqual(["notes.txt"]);
    expect(readFileSync(join(place(), "notes.txt"), "utf8")).toBe("mine");
  });

  it("begin anew where a process was killed while it wrote, and refuse what one has moved only in part", async () => {
    mkdirSync(join(place(), "assetmeter.partial"));
    await parts.operations.backUp(place());
    expect(readdirSync(place()).sort()).toEqual(["backup.json", "catalog.sqlite", "usage.duckdb"]);
    mkdirSync(join(place(), "assetmeter.partial"));
    await expect(parts.operations.backUp(place())).rejects.toMatchObject({
      ...CONFLICT,
      message: `The backup ${place()} holds a part of a copy that was cut off; remove what is in it and try again.`,
    });
  });

  it("are not opened as a data directory when a restore was killed in the middle", async () => {
    mkdirSync(join(place(), "assetmeter.partial"));
    await expect(open(place())).rejects.toMatchObject(CONFLICT);
    expect(readdirSync(place())).toEqual(["assetmeter.partial"]);
  });
});

it("a folder that somebody makes and fills while a backup is written stays as it is", async () => {
  const backUpStore = async (file: string) => {
    await parts.store.backUp(file);
    mkdirSync(copy);
    writeFileSync(join(copy, "notes.txt"), "mine");
  };
  await expect(
    buildBackUp({ dataDir, filesBucket: null, clock: buildFixedClock(0), backUpStore })(copy),
  ).rejects.toMatchObject(CONFLICT);
  expect(readdirSync(folder).sort()).toEqual(["copy", "data"]);
  expect(readdirSync(copy)).toEqual(["notes.txt"]);
});

describe("asset files in a bucket", () => {
  it("are named as left out of the backup, in its list, and where it is restored", async () => {
    const filesBucket = "s3://pictures/assetmeter/";
    const backUpStore = (file: string) => parts.store.backUp(file);
    const backUp = buildBackUp({ dataDir, filesBucket, clock: buildFixedClock(0), backUpStore });
    expect(await backUp(copy)).toMatchObject({ leftOut: filesBucket });
    expect(await restore(copy, join(folder, "restored"))).toMatchObject({ leftOut: filesBucket });
  });

  it("are not left out of a backup where they lie in the data directory", async () => {
    expect(await parts.operations.backUp(copy)).toMatchObject({ leftOut: null });
    expect(await restore(copy, join(folder, "restored"))).toMatchObject({ leftOut: null });
  });
});

describe("restore", () => {
  it("leaves nothing of a copy that fails", async () => {
    await parts.operations.backUp(copy);
    rmSync(join(copy, "usage.duckdb"));
    await expect(restore(copy, join(folder, "restored"))).rejects.toMatchObject({ code: "ENOENT" });
    expect(readdirSync(folder).sort()).toEqual(["copy", "data"]);
  });

  it.each(["usage.duckdb", "catalog.sqlite"])("refuses a backup whose list lacks %s, and says so", async (name) => {
    await parts.operations.backUp(copy);
    const list = join(copy, "backup.json");
    const manifest = JSON.parse(readFileSync(list, "utf8")) as { files: { name: string }[] };
    writeFileSync(list, JSON.stringify({ ...manifest, files: manifest.files.filter((file) => file.name !== name) }));
    const restored = join(folder, "restored");
    await expect(restore(copy, restored)).rejects.toMatchObject({
      code: "sources/unreadable-file",
      message: `${copy} is no whole backup: ${name} is not in it.`,
    });
    expect(readdirSync(folder).sort()).toEqual(["copy", "data"]);
  });
});
