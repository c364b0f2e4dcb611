/**
 * Holds the documents against the code: a table that lacks a line, or has one too many, is a wrong document.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openParts } from "../src/app.ts";
import { readConfig } from "../src/config.ts";
import { METRIC_DEFINITIONS } from "../src/meter/metrics.ts";
import { USAGE_KINDS } from "../src/model/usage-event.ts";
import { buildFixedClock } from "../src/platform/clock.ts";
import { ERROR_STATUS } from "../src/platform/errors.ts";
import { buildLogger } from "../src/platform/log.ts";
import { SETTINGS } from "../src/settings.ts";
import { STATIC_EXTENSIONS } from "../src/sources/access-log/static-extensions.ts";
import { REJECTION_REASONS } from "../src/sources/rejection.ts";

const ROOT = resolve(import.meta.dirname, "..");
const readDocument = (name: string): string => readFileSync(join(ROOT, name), "utf8");

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
      expect(row?.join(" | ")).toContain(`\`${field}\``);
      expect(row?.join(" | ")).toContain(setting.meaning);
      if (setting.kind !== "integer") continue;
      for (const number of [setting.min, setting.max, setting.initial]) {
        expect(row?.join(" | ")).toContain(number.toLocaleString("en-US"));
      }
    }
  });
});

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
    const documents = [
      "README.md",
      "ARCHITECTURE.md",
      "CONTRIBUTING.md",
      "docs/metrics.md",
      "docs/errors.md",
      "docs/config.md",
      "docs/dialects.md",
      "docs/access-logs.md",
    ];
    for (const name of documents) {
      const links = [...readDocument(name).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map((match) => match[1] ?? "");
      const missing = links.filter((link) => !existsSync(resolve(ROOT, name, "..", link)));
      expect([name, missing]).toEqual([name, []]);
    }
  });

  it("names in ARCHITECTURE.md only tests that exist as guards of its invariants", () => {
    const guards = [
      ...readDocument("ARCHITECTURE.md").matchAll(
        /`((?:src|tests|store|sources|model|query)\/[\w./-]+\.(?:test|contract)\.ts)`/g,
      ),
    ];
    const missing = guards
      .map((match) => match[1] ?? "")
      .filter((file) => !existsSync(join(ROOT, file)) && !existsSync(join(ROOT, "src", file)));
    expect(missing).toEqual([]);
  });
});
