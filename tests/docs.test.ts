/**
 * Holds the documents against the code: a table that lacks a line, or has one too many, is a wrong document.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { Readable } from "node:stream";
import type { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openParts } from "../src/app.ts";
import { buildProgram } from "../src/cli/run-cli.ts";
import { readConfig } from "../src/config.ts";
import { METRIC_DEFINITIONS } from "../src/meter/metrics.ts";
import { USAGE_KINDS } from "../src/model/usage-event.ts";
import { buildFixedClock } from "../src/platform/clock.ts";
import { ERROR_STATUS } from "../src/platform/errors.ts";
import { buildLogger } from "../src/platform/log.ts";
import type { Setting } from "../src/setting.ts";
import { SETTINGS } from "../src/settings.ts";
import { STATIC_EXTENSIONS } from "../src/sources/access-log/static-extensions.ts";
import { REJECTION_REASONS } from "../src/sources/rejection.ts";

const ROOT = resolve(import.meta.dirname, "..");
const readDocument = (name: string): string => readFileSync(join(ROOT, name), "utf8");

/** Every document of the project, by its path. */
const DOCUMENTS = ["", "docs", "docs/decisions", "bench", "src"].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name)),
);

/** The files that a document links to, as absolute paths; addresses are none. */
const linksOf = (name: string): string[] =>
  [...readDocument(name).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, link = ""]) =>
    resolve(ROOT, name, "..", link),
  );

/** The rows of all tables of a document, as lists of cells. */
function tableRows(document: string): string[][] {
  return document
    .split("\n")
    .filter((line) => line.startsWith("|") && !line.startsWith("|---"))
    .map((line) =>
      line
        .slice(1, -1)
        .split(" | ")
        .map((cell) => cell.trim().replace(/^\| ?/, "")),
    );
}
const firstCells = (document: string): (string | undefined)[] => tableRows(document).map((row) => row[0]);

describe("docs/metrics.md", () => {
  it("has every kind, every metric with its unit and meaning, and every static extension", () => {
    const document = readDocument("docs/metrics.md");
    const rows = tableRows(document);
    for (const kind of USAGE_KINDS) expect(firstCells(document)).toContain(`\`${kind}\``);
    for (const [name, { unit, meaning, overTime }] of Object.entries(METRIC_DEFINITIONS)) {
      const over = overTime === "gauge" ? "gauge" : "adds up";
      expect(rows).toContainEqual([`\`${name}\``, unit, meaning, over]);
    }
    const listed = /ignoring case: ([^.]+)\./.exec(document)?.[1]?.split(/\s+/).sort();
    expect(listed).toEqual([...STATIC_EXTENSIONS].sort());
  });
});

describe("docs/errors.md", () => {
  it("has every error code with its status, every reason with its meaning, and no others", () => {
    const rows = tableRows(readDocument("docs/errors.md"));
    const codes = rows
      .filter((row) => row.length === 3 && row[0]?.startsWith("`"))
      .map(([code, status]) => [code, status]);
    expect(codes).toEqual(Object.entries(ERROR_STATUS).map(([code, status]) => [`\`${code}\``, String(status)]));
    const reasons = rows.filter((row) => row.length === 2 && row[0]?.startsWith("`"));
    expect(reasons).toEqual(Object.entries(REJECTION_REASONS).map(([reason, meaning]) => [`\`${reason}\``, meaning]));
  });
});

describe("docs/config.md", () => {
  it("has every setting with its variable, bounds, initial value and meaning, and no others", () => {
    const document = readDocument("docs/config.md");
    const listed = firstCells(document).filter((cell) => cell?.startsWith("`ASSETMETER_"));
    const settings = Object.entries(SETTINGS);
    expect(new Set(listed)).toEqual(new Set(settings.map(([, { variable }]) => `\`${variable}\``)));
    for (const [field, setting] of settings) {
      const row = tableRows(document).find(([variable]) => variable === `\`${setting.variable}\``);
      expect(row).toEqual([`\`${setting.variable}\``, `\`${field}\``, ...describeValues(setting), setting.meaning]);
    }
  });
});

/** What a setting takes, and what holds without it. */
function describeValues(setting: Setting): readonly [string, string] {
  const initial = setting.initial === "" || setting.initial === null ? "–" : `\`${setting.initial}\``;
  switch (setting.kind) {
    case "integer": {
      const [min, max, number] = [setting.min, setting.max, setting.initial].map((one) => one.toLocaleString("en-US"));
      return [`${min} to ${max}`, String(number)];
    }
    case "choice":
      return [setting.choices.join(", "), initial];
    case "origin":
      return ["`http(s)://host[:port]`", initial];
    case "hostName":
      return ["a host name", initial];
    case "keyPrefix":
      return ["a text that ends with a slash, or none", initial];
    case "text":
      return ["any text", initial];
  }
}

describe("README.md", () => {
  it("has every command of the program, and no others", () => {
    const table = /## Commands\n([\s\S]*?)\n## /.exec(readDocument("README.md"))?.[1] ?? "";
    const listed = firstCells(table).flatMap((cell) =>
      [...(cell ?? "").matchAll(/`([^`]+)`/g)].flatMap(([, words = ""]) => {
        // `source create\|list`, `import FILE…`: a command, its verbs, and what it takes in capitals.
        const [name = "", verbs = ""] = words.split(" ");
        return /^[a-z]/.test(verbs) ? verbs.split("\\|").map((verb) => `${name} ${verb}`) : [name];
      }),
    );
    expect(listed.toSorted()).toEqual(listCommands(buildProgram(NO_CONTEXT)).toSorted());
  });

  it("links in the package that npm publishes only to what is in it", () => {
    const { files } = JSON.parse(readDocument("package.json")) as { readonly files: readonly string[] };
    const isPacked = (path: string) => files.some((entry) => path === entry || path.startsWith(`${entry}/`));
    const unpacked = DOCUMENTS.filter(isPacked).flatMap((name) =>
      linksOf(name).filter((link) => !isPacked(relative(ROOT, link))),
    );
    expect(unpacked).toEqual([]);
  });
});

/** Commands that do something, by the words that name them. */
function listCommands(command: Command, path: readonly string[] = []): string[] {
  if (command.commands.length === 0) return [path.join(" ")];
  return command.commands.flatMap((child) => listCommands(child, [...path, child.name()]));
}

/** Nothing is run. */
const NO_CONTEXT = {
  openApp: () => expect.fail("the program was opened"),
  clock: buildFixedClock(0),
  terminal: { writeOut: () => {}, writeError: () => {}, errorIsTerminal: false, stdin: Readable.from([]) },
};

const folder = mkdtempSync(join(tmpdir(), "assetmeter-docs-"));
let parts: Awaited<ReturnType<typeof openParts>>;
beforeAll(async () => {
  const config = readConfig({ environment: {}, overrides: { dataDir: folder, logLevel: "silent" } });
  parts = await openParts(config, buildFixedClock(0), buildLogger("silent"));
});
afterAll(async () => {
  await parts.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("docs/operations.md", () => {
  const rows = tableRows(readDocument("docs/operations.md"));

  it("has every figure of /metrics with its labels and what it says, and no others", async () => {
    // One answer, so that its figure has labels.
    await parts.server.inject("/healthz");
    const { body } = await parts.server.inject("/metrics");
    const figures = [...body.matchAll(/^# HELP (assetmeter_\w+) (.*)$/gm)].map(([, name = "", help = ""]) => {
      const sample = new RegExp(`^${name}(?:_count)?(?:\\{(.*?)\\})? `, "m").exec(body);
      const labels = [...(sample?.[1] ?? "").matchAll(/(\w+)="/g)].map(([, label]) => `\`${label}\``);
      return [`\`${name}\``, labels.join(", ") || "–", help];
    });
    expect(rows.filter(([cell]) => cell?.startsWith("`assetmeter_")).sort()).toEqual(figures.sort());
  });

  it("shows what /healthz and /readyz answer", async () => {
    for (const path of ["/healthz", "/readyz"]) {
      const { body } = await parts.server.inject(path);
      expect(rows.find(([endpoint]) => endpoint === `\`GET ${path}\``)?.[1]).toContain(`\`${body}\``);
    }
  });
});

describe("docs/dialects.md", () => {
  it("has every endpoint with the scope that it needs, and no others", () => {
    const rows = tableRows(readDocument("docs/dialects.md")).filter(([endpoint]) => endpoint?.startsWith("`"));
    const listed = rows.map(([endpoint, scope]) => `${endpoint?.replaceAll("`", "")} ${scope?.split(",")[0]}`);
    // The colon forms are a courtesy to readers of the vendor's pages, not endpoints of their own.
    const routes = parts.dialects.flatMap((dialect) => dialect.routes).filter(({ path }) => !path.includes("::"));
    expect(listed.sort()).toEqual(routes.map(({ method, path, scope }) => `${method} ${path} ${scope}`).sort());
  });
});

describe("every document", () => {
  it("links only to files that are there, and to nothing outside the project", () => {
    expect(DOCUMENTS).toEqual(expect.arrayContaining(["README.md", "docs/config.md", "src/README.md"]));
    for (const name of DOCUMENTS) {
      const missing = linksOf(name).filter((link) => !existsSync(link) || relative(ROOT, link).startsWith(".."));
      expect([name, missing]).toEqual([name, []]);
    }
  });

  it("names in ARCHITECTURE.md only tests that exist as guards of its invariants", () => {
    const guards = [...readDocument("ARCHITECTURE.md").matchAll(/`([\w./-]+\.(?:test|contract)\.ts)`/g)];
    expect(guards.map((match) => match[1])).toContain("cli/source-replay.test.ts");
    const missing = guards
      .map((match) => match[1] ?? "")
      .filter((file) => !existsSync(join(ROOT, file)) && !existsSync(join(ROOT, "src", file)));
    expect(missing).toEqual([]);
  });
});
