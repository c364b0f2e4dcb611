/**
 * The suite of files in a folder, and what is a folder's own: crashes, permissions, paths.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runFileStoreContract } from "./file-store.contract.ts";
import { openLocalFolder } from "./local-folder.ts";

/** Files that the system does not open, with the code that it says. Permissions would not do: the superuser has them all. */
const unopenable = new Map<string, string>();
vi.mock("node:fs/promises", async (importReal) => {
  const real = await importReal<typeof import("node:fs/promises")>();
  const open: typeof real.open = async (path, ...others) => {
    const code = unopenable.get(String(path));
    if (code !== undefined) throw Object.assign(new Error("The system opens no file."), { code });
    return real.open(path, ...others);
  };
  return { ...real, open };
});

const listFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

runFileStoreContract("a folder", async () => {
  const folder = mkdtempSync(join(tmpdir(), "assetmeter-files-"));
  return {
    open: () => openLocalFolder(folder),
    countFiles: async () => listFiles(folder).length,
    drop: async () => rmSync(folder, { recursive: true }),
  };
});

describe("openLocalFolder", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "assetmeter-files-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const bounds = { bytesMin: 1, bytesMax: 100 };
  async function* bytes(text: string) {
    yield Buffer.from(text);
  }

  test("what a crashed process had not finished is gone when the folder is opened again", async () => {
    const before = await openLocalFolder(folder);
    await before.put("00000000-finished", bytes("kept"), bounds);
    writeFileSync(join(folder, "unfinished", "left-by-a-crash"), "half");
    expect(listFiles(folder)).toHaveLength(2);
    await openLocalFolder(folder);
    expect(listFiles(folder)).toEqual([join(folder, "00", "00000000-finished")]);
  });

  test("a folder below one that is a file cannot be opened, in words that name no error code", async () => {
    writeFileSync(join(folder, "file"), "");
    await expect(openLocalFolder(join(folder, "file", "files"))).rejects.toMatchObject({ code: "files/unavailable" });
  });

  test("a large file that cannot be opened is unavailable, before anything of it is answered", async () => {
    const files = await openLocalFolder(folder);
    await files.put("00000000-large", bytes("x".repeat(3_000_000)), { bytesMin: 1, bytesMax: 3_000_000 });
    const asked = { method: "GET", headers: {} };
    const path = join(folder, "00", "00000000-large");
    unopenable.set(path, "EMFILE");
    await expect(files.answer("00000000-large", asked)).rejects.toMatchObject({ code: "files/unavailable" });
    // It went while it was being answered.
    unopenable.set(path, "ENOENT");
    expect(await files.answer("00000000-large", asked)).toBeNull();
  });

  test("a folder that is taken away is unavailable and not empty of files", async () => {
    const files = await openLocalFolder(join(folder, "files"));
    rmSync(join(folder, "files"), { recursive: true });
    await expect(files.ping()).rejects.toMatchObject({ code: "files/unavailable" });
    await expect(files.put("00000000-a", bytes("x"), bounds)).rejects.toMatchObject({ code: "files/unavailable" });
  });
});
