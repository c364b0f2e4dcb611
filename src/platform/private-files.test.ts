/**
 * Whether others may read a file, by its mode and its folder's.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isOpenToOthers, makePrivateFile, makePrivateFolder } from "./private-files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-private-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe("makePrivateFolder", () => {
  it("makes every missing folder for its owner alone, and changes none that is there", () => {
    const there = join(folder, "there");
    mkdirSync(there);
    chmodSync(there, 0o755);
    makePrivateFolder(join(there, "a", "b"));
    makePrivateFolder(there);
    expect([there, join(there, "a"), join(there, "a", "b")].map(modeOf)).toEqual([0o755, 0o700, 0o700]);
  });
});

describe("makePrivateFile", () => {
  it("makes a file for its owner alone, and changes none that is there", () => {
    const [made, there] = [join(folder, "made"), join(folder, "there")];
    writeFileSync(there, "x");
    chmodSync(there, 0o640);
    for (const file of [made, there]) makePrivateFile(file);
    expect([made, there].map(modeOf)).toEqual([0o600, 0o640]);
  });

  it("opens nothing that is there: closing it would drop SQLite's locks on it", () => {
    // A folder cannot be opened for writing, by root neither.
    expect(() => makePrivateFile(folder)).not.toThrow();
  });
});

describe("isOpenToOthers", () => {
  it.each([
    // file, folder, and whether somebody else gets to its bytes
    [0o600, 0o755, false],
    [0o644, 0o700, false],
    [0o644, 0o755, true],
    [0o644, 0o711, true],
    [0o640, 0o750, true],
    [0o640, 0o701, false],
    [0o604, 0o750, false],
  ])("of a file %o in a folder %o is %s", (fileMode, folderMode, isOpen) => {
    const file = join(folder, "file");
    writeFileSync(file, "x");
    chmodSync(file, fileMode);
    chmodSync(folder, folderMode);
    expect(isOpenToOthers(file)).toBe(isOpen);
  });

  it("of a file that is not there is false", () => {
    chmodSync(folder, 0o755);
    expect(isOpenToOthers(join(folder, "nothing"))).toBe(false);
  });
});
