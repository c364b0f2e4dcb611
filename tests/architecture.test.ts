/**
 * Holds the import table and the habits that no linter knows. A rule that fails here is explained in ARCHITECTURE.md.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = resolve(import.meta.dirname, "../src");

/** Every source file of the program, tests and contract suites left out, as a path below src/. */
const FILES = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !/\.(test|contract)\.ts$/.test(file))
  .sort();

/** What a folder may import: folders, or single files where only an interface is allowed. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  platform: [],
  model: [],
  meter: ["model"],
  store: ["model", "meter", "platform"],
  catalog: ["model", "platform"],
  files: ["model", "platform"],
  access: ["model", "catalog/catalog.ts", "catalog/session-catalog.ts", "catalog/token-secret.ts", "platform"],
  sources: ["model", "meter", "store/usage-store.ts", "store/correction-order.ts", "catalog/catalog.ts", "platform"],
  query: ["model", "meter", "store/usage-store.ts", "platform"],
  dialects: [
    "model",
    "query",
    "catalog/catalog.ts",
    "access/sessions.ts",
    "files/file-store.ts",
    "sources/intake.ts",
    "sources/rejection.ts",
    "sources/rules/parse-settings.ts",
    "sources/events/cut-event-text.ts",
    "sources/events/event-text.ts",
    "platform",
  ],
  http: ["model", "platform"],
  cli: ["model", "platform"],
};

/** Files directly in src/: they put the parts together and may import everything. */
const isRoot = (file: string): boolean => !file.includes("/");
const folderOf = (file: string): string => file.split("/")[0] ?? "";
const read = (file: string): string => readFileSync(join(SRC, file), "utf8");
/** The code without comments, so that a word in a sentence breaks no rule. */
const code = (file: string): string =>
  read(file)
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/^\s*\/\/.*$/gm, "");

function importsOf(file: string): string[] {
  return [...code(file).matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((match) =>
    relative(SRC, resolve(dirname(join(SRC, file)), match[1] ?? "")),
  );
}

/** Files in which `pattern` stands in the code, among `files`. */
const filesWith = (pattern: RegExp, files: readonly string[] = FILES): string[] =>
  files.filter((file) => pattern.test(code(file)));

describe("the import table", () => {
  it("lists every folder of src/", () => {
    const folders = new Set(FILES.filter((file) => !isRoot(file)).map(folderOf));
    expect([...folders].filter((folder) => !(folder in MAY_IMPORT))).toEqual([]);
  });

  it("is kept by every file", () => {
    const broken = FILES.filter((file) => !isRoot(file)).flatMap((file) => {
      const allowed = [folderOf(file), ...(MAY_IMPORT[folderOf(file)] ?? [])];
      return importsOf(file)
        .filter((target) => !allowed.some((entry) => target === entry || target.startsWith(`${entry}/`)))
        .map((target) => `${file} imports ${target}`);
    });
    expect(broken).toEqual([]);
  });

  it("has no import that reaches out of src/", () => {
    const outside = FILES.flatMap((file) => importsOf(file).filter((target) => target.startsWith("..")));
    expect(outside.filter((target) => target !== "../package.json")).toEqual([]);
  });
});

describe("the habits", () => {
  it("ask only platform/clock.ts for the time", () => {
    expect(filesWith(/\bDate\.now\(|new Date\(\s*\)/)).toEqual(["platform/clock.ts"]);
  });

  it("read the environment only in config.ts", () => {
    // The engine's library takes options of its own from there as it is loaded, which is before any configuration is read.
    const others = ["store/duckdb/engine-memory.ts"];
    expect(filesWith(/\bprocess\.env\b/).filter((file) => file !== "config.ts")).toEqual(others);
  });

  it("know time zones only in model/time-range.ts", () => {
    expect(filesWith(/\bIntl\.DateTimeFormat|toLocale(Date|Time)?String/)).toEqual(["model/time-range.ts"]);
  });

  it("write SQL only in store/ and catalog/", () => {
    const sql = /\b(SELECT|INSERT INTO|DELETE FROM|CREATE TABLE)\s/;
    expect(filesWith(sql).filter((file) => !["store", "catalog"].includes(folderOf(file)))).toEqual([]);
  });

  it("say vendors' names only in dialects/", () => {
    // The command line and the registry name the vendors to people; nothing branches on them there.
    const allowed = (file: string) => folderOf(file) === "dialects" || folderOf(file) === "cli";
    // A vendor's header marks requests that are left out of logs, too, and logs know no dialect.
    const others = ["model/internal-request.ts", "platform/log.ts"];
    expect(filesWith(/storyblok|filespin|flashback/i).filter((file) => !allowed(file))).toEqual(others);
  });

  it("do no I/O in model/, meter/, the steps of intake and the planner of queries", () => {
    // Hashes and comparisons; whatever reads, writes, waits or asks the machine is none of these.
    const allowed = ["node:crypto", "node:util"];
    const pure = FILES.filter((file) => /^(model|meter|sources\/steps)\/|^query\/plan\.ts$/.test(file));
    expect(new Set(pure.map(folderOf))).toEqual(new Set(["meter", "model", "query", "sources"]));
    const imported = pure.flatMap((file) =>
      [...code(file).matchAll(/(?:from|import)\s*\(?\s*"(node:[^"]+)"/g)].map((match) => ({
        file,
        name: match[1] ?? "",
      })),
    );
    expect(imported.filter(({ name }) => !allowed.includes(name))).toEqual([]);
    expect(filesWith(/\b(process|console)\.|\bfetch\(|\bset(Timeout|Interval|Immediate)\(/, pure)).toEqual([]);
  });

  it("keep no state in a module, but for what was read of a line, which goes with the line", () => {
    expect(filesWith(/^(export )?(let|var) /m)).toEqual([]);
    const filled = /^(export )?const \w+(: [^=]+)? = new (Weak)?(Map|Set)(<.*>)?\(\);$/m;
    expect(filesWith(filled)).toEqual(["sources/access-log/formats/minio-entry.ts"]);
  });

  it("give every file a doc comment at its top", () => {
    expect(FILES.filter((file) => !read(file).startsWith("/**"))).toEqual([]);
  });

  it("name files in kebab-case, and none after nothing in particular", () => {
    const empty =
      /(^|[-/])(utils?|helpers?|common|shared|misc|base|core|manager|service|handler|processor|impl|data|info|types|index)(-|\.ts$)/;
    expect(FILES.filter((file) => empty.test(file) || !/^[a-z0-9/-]+(\.d)?\.ts$/.test(file))).toEqual([]);
  });

  it("stop at 300 lines a file of the program", () => {
    expect(FILES.filter((file) => read(file).split("\n").length > 301)).toEqual([]);
  });
});
