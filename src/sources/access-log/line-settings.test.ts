/** What the settings and rules of a source make of its lines. */
import { describe, expect, test } from "vitest";
import type { MappingRule, SourceSettings } from "../../model/source-settings.ts";
import { USAGE_KINDS } from "../../model/usage-event.ts";
import { cutPrefix } from "./cut-prefix.ts";
import { readTime } from "./field-values.ts";
import { readOneLine } from "./read-one-line.contract.ts";

const line = (path: string, more: { status?: number; user?: string; time?: string; bytes?: number } = {}) => {
  const { status = 200, user = "-", time = "20/Nov/2026:08:15:02 +0000", bytes = 1_000 } = more;
  return `192.0.2.1 - ${user} [${time}] "GET ${path} HTTP/1.1" ${status} ${bytes} "-" "x"`;
};
const readWith = (settings: Partial<SourceSettings>, ...given: Parameters<typeof line>) =>
  readOneLine(line(...given), { settings });

const RULES: readonly MappingRule[] = [
  { match: { path: "/health" }, ignore: true },
  { match: { path: "/f/{space}/{rest...}" }, set: { kind: "delivery", space: "{space}", asset: "/{rest}" } },
  { match: { path: "/u/**" }, set: { user: "{user}", operation: "profile" } },
  { match: { path: "/x/**", status: { from: 200, to: 299 } }, set: { kind: "upload", bucket: "b" } },
];

describe("mapping rules", () => {
  test("the first rule that matches decides, and none leaves the default", () => {
    expect(readWith({ rules: RULES }, "/health").rejection?.reason).toBe("ignored-by-rule");
    expect(readWith({ rules: RULES }, "/f/7/a/b")).toMatchObject({ kind: "delivery", space: 7, assetPath: "/a/b" });
    expect(readWith({ rules: RULES }, "/other")).toMatchObject({ kind: "api", space: null, operation: "/other" });
  });

  test("an operation that a rule takes of a path, or a log names itself, is cut as one of the path is", () => {
    const long = "x".repeat(600);
    const cut = `${"x".repeat(511)}…`;
    const rules: readonly MappingRule[] = [{ match: { path: "/r/{name}" }, set: { operation: "{name}" } }];
    expect(readWith({ rules }, `/r/${long}`).operation).toBe(cut);
    expect(readWith({ rules }, `/r/${long.slice(0, 512)}`).operation).toBe(long.slice(0, 512));
    expect(readWith({}, `/${long}`).operation).toBe(`/${cut.slice(1)}`);
    const api = { name: long, bucket: "media", statusCode: 200, tx: 1 };
    const entry = JSON.stringify({ time: "2026-11-20T08:15:02Z", requestID: "R1", deploymentid: "d", api });
    expect(readOneLine(entry, { format: "minio-audit" })).toMatchObject({ kind: "api", operation: cut });
  });

  test("bytes received are those of API requests and uploads; whatever else a rule makes of a line has none", () => {
    const request = { method: "POST", uri: "/jobs" };
    const json = {
      ts: "2026-11-20T08:15:02Z",
      logger: "http.log.access",
      request,
      bytes_read: 70,
      status: 200,
      size: 5,
    };
    const bytesOf = (kind: (typeof USAGE_KINDS)[number]) => {
      const rules: readonly MappingRule[] = [{ match: { path: "/jobs" }, set: { kind, operation: "720p" } }];
      const passage = readOneLine(JSON.stringify(json), { format: "caddy-json", settings: { rules } });
      return [kind, passage.bytesIn, passage.bytesOut];
    };
    expect(USAGE_KINDS.map(bytesOf)).toEqual([
      ["api", 70, 5],
      ["delivery", 0, 5],
      ["upload", 70, 0],
      ["delete", 0, 0],
      ["transcode", 0, 0],
      ["addon", 0, 0],
    ]);
  });

  test("an error is an API request, whatever a rule says", () => {
    expect(readWith({ rules: RULES }, "/f/7/a.jpg", { status: 404 })).toMatchObject({ kind: "api", space: 7 });
  });

  test("a space or user that is no id is refused, never guessed", () => {
    expect(readWith({ rules: RULES }, "/f/abc/a").rejection?.reason).toBe("unknown-space");
    expect(readWith({ rules: RULES }, "/u/1", { user: "12" })).toMatchObject({ user: 12, operation: "profile" });
    expect(readWith({ rules: RULES }, "/u/1", { user: "alice" }).rejection?.reason).toBe("unknown-user");
    expect(readWith({ rules: RULES }, "/u/1")).toMatchObject({ user: null, rejection: null });
  });

  test("of what a rule gives as space or user only a number is kept: anything else may be an address", () => {
    const email = "jane@example.com";
    for (const set of [{ space: "{user}" }, { user: "{user}" }]) {
      const { rejection } = readWith({ rules: [{ match: { path: "/u/**" }, set }] }, "/u/1", { user: email });
      expect(rejection?.reason).toMatch(/^unknown-/);
      expect(rejection?.detail).not.toContain("jane");
    }
    const numbered = readWith({ rules: [{ match: { path: "/u/**" }, set: { space: "{user}" } }] }, "/u/1", {
      user: "0",
    });
    expect(numbered.rejection?.detail).toContain("The space 0 does not exist");
  });

  test("a user of `-` or none is nobody in every format that names users, and the line counts", () => {
    const rules: readonly MappingRule[] = [{ match: { path: "/u/**" }, set: { user: "{user}" } }];
    const fieldMap = { time: "t", uri: "u", status: "s", bytesOut: "b", user: "who" };
    const request = { method: "GET", uri: "/u/1" };
    const caddy = { ts: 1795162502, logger: "http.log.access", request, status: 200, size: 1 };
    const mapped = { t: 1795162502, u: "/u/1", s: 200, b: 1 };
    for (const [user, expected] of [
      ["-", null],
      ["", null],
      ["12", 12],
    ] as const) {
      const lines = [
        readOneLine(JSON.stringify({ ...mapped, who: user }), { format: "json-lines", settings: { rules, fieldMap } }),
        readOneLine(JSON.stringify({ ...caddy, user_id: user }), { format: "caddy-json", settings: { rules } }),
        readWith({ rules }, "/u/1", { user }),
      ];
      for (const passage of lines) expect(passage).toMatchObject({ rejection: null, user: expected });
    }
  });

  test("what a source requires and no rule gives is unmapped", () => {
    expect(readWith({ rules: RULES, requires: "space" }, "/other").rejection?.reason).toBe("unmapped");
    expect(readWith({ rules: RULES, requires: "bucket" }, "/x/a")).toMatchObject({ bucket: "b", kind: "upload" });
  });

  test("a path of more than 4,096 bytes is refused, unless a rule leaves it out anyway", () => {
    const path = `/${"a".repeat(4_096)}`;
    expect(readWith({}, path).rejection?.reason).toBe("field-too-long");
    expect(readWith({ rules: [{ match: { path: "/a**" }, ignore: true }] }, path).rejection?.reason).toBe(
      "ignored-by-rule",
    );
  });
});

describe("settings", () => {
  test("oldestDays refuses what is older, and takes what is exactly as old", () => {
    const settings = { oldestDays: 1 };
    expect(readWith(settings, "/a", { time: "19/Nov/2026:12:00:00 +0000" }).rejection).toBeNull();
    expect(readWith(settings, "/a", { time: "19/Nov/2026:11:59:59 +0000" }).rejection?.reason).toBe("too-old");
  });

  test("a line of a sampled log stands for 1 / rate requests, the same ones each time", () => {
    expect(readWith({ sampleRate: 0.25 }, "/a.jpg")).toMatchObject({ count: 4, bytesOut: 4_000 });
    const once = readWith({ sampleRate: 0.4 }, "/a.jpg");
    expect([2, 3]).toContain(once.count);
    expect(readWith({ sampleRate: 0.4 }, "/a.jpg")).toMatchObject({ count: once.count, bytesOut: 2_500 });
  });

  test("a mapped path is taken as it is, without the query that a field may have all the same", () => {
    const fieldMap = { time: "t", status: "s", bytesOut: "b", path: "p" };
    const read = (path: string) =>
      readOneLine(JSON.stringify({ t: "1795162502", s: 200, b: 1, p: path }), {
        format: "json-lines",
        settings: { fieldMap },
      }).request?.path;
    expect(read("/a b%20c.jpg")).toBe("/a b%20c.jpg");
    expect(read("/why?.jpg")).toBe("/why?.jpg");
    expect(read("/a.jpg?X-Amz-Signature=SECRET&x=1")).toBe("/a.jpg");
    expect(read("/c#/a.b?c/A.JPG?AKIASECRET")).toBe("/c#/a.b?c/A.JPG");
    expect(read("/a.jpg#AKIASECRET")).toBe("/a.jpg");
    // Of what stands behind other names nothing tells whether it is a query or the name's own.
    expect(read("/jobs/why?not")).toBe("/jobs/why?not");
  });

  test.each([
    ["syslog", "<134>2026-11-20T08:15:02Z cache-1 name[12]: rest of it", "rest of it"],
    ["syslog", "<134>Nov 20 08:15:02 host nginx: rest of it", "rest of it"],
    ["syslog", "<134>1 2026-11-20T08:15:02.003Z host app 12 id - rest of it", "rest of it"],
    ["syslog", "rest of it", "rest of it"],
    ["container", "caddy  | rest of it", "rest of it"],
    ["none", "caddy  | rest of it", "caddy  | rest of it"],
  ] as const)("prefix %s of %j is cut", (prefix, given, expected) => {
    expect(cutPrefix(Buffer.from(given), prefix).toString()).toBe(expected);
  });

  test.each([
    // The clock goes back at 03:00 in Berlin on 25 October 2026: 02:30 comes twice, and the first is meant.
    ["2026-10-25T02:30:00", "Europe/Berlin", "2026-10-25T00:30:00.000Z"],
    ["2026-11-20 08:15:60", "UTC", "2026-11-20T08:15:59.000Z"],
    ["1795162502041000000", "UTC", "2026-11-20T08:15:02.041Z"],
    // As a number this is 1795162502041999872.
    ["1795162502042000000", "UTC", "2026-11-20T08:15:02.042Z"],
    ["2026-11-20T08:15:02+0130", "UTC", "2026-11-20T06:45:02.000Z"],
  ])("the time %s in %s is %s", (text, zone, expected) => {
    expect(new Date(readTime(text, zone) ?? 0).toISOString()).toBe(expected);
  });

  test.each(["2026-02-31T00:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20", "-1", "NaN", ""])(
    "%j is no time",
    (text) => {
      expect(readTime(text, "UTC")).toBeNull();
    },
  );
});
