/** Settings and rules of sources as JSON: what is taken, and that all problems are said at once. */
import { describe, expect, test } from "vitest";
import { findMissingSetting, parseSettings } from "./parse-settings.ts";

describe("parseSettings", () => {
  test("takes every setting by the API's name", () => {
    const { parsed, problems } = parseSettings({
      space_id: 7,
      lateness_bound_ms: 60_000,
      tracks_watermark: true,
      registers_unknown: false,
      sample_rate: 0.25,
      prefix: "syslog",
      time_zone: "Europe/Berlin",
      oldest_days: 400,
      bytes_include: "headers",
      versioned: true,
      delimiter: ";",
      field_map: { time: "t", status: "s", bytes_out: "b", uri: "u", id: "request.id" },
      requires: "space",
      paths: ["/var/log/*.log"],
      paused: true,
      rules: [{ match: { path: "/f/{space}/**", status: "200-399", method: "GET" }, set: { space: "{space}" } }],
    });
    expect(problems).toEqual([]);
    expect(parsed).toEqual({
      space: 7,
      latenessBoundMs: 60_000,
      tracksWatermark: true,
      registersUnknown: false,
      settings: {
        sampleRate: 0.25,
        prefix: "syslog",
        timeZone: "Europe/Berlin",
        oldestDays: 400,
        bytesInclude: "headers",
        versioned: true,
        delimiter: ";",
        fieldMap: { time: "t", status: "s", bytesOut: "b", uri: "u", id: ["request.id"] },
        requires: "space",
        paths: ["/var/log/*.log"],
        paused: true,
        rules: [
          {
            match: { path: "/f/{space}/**", status: { from: 200, to: 399 }, method: ["GET"] },
            set: { space: "{space}" },
          },
        ],
      },
    });
  });

  test("what was read once is read again as the same: the API answers it and takes it back", () => {
    const rules = [{ match: { path: "/a", status: 200, cache: "hit" }, ignore: true }];
    const once = parseSettings({ rules }).parsed.settings.rules;
    expect(parseSettings({ rules: once }).parsed.settings.rules).toEqual(once);
  });

  test("takes files and patterns by their full paths alone: others would be looked for in a folder that nobody has named", () => {
    for (const paths of [["access.log"], ["/var/log/a.log", "./b.log"], ["*.log"]]) {
      const sentence = "paths must be a list of files and patterns of files, each with its full path.";
      expect(parseSettings({ paths }).problems).toEqual([sentence]);
    }
  });

  test("says every problem with its place", () => {
    const { problems } = parseSettings({
      sample_rate: 0,
      time_zone: "Mars/Olympus",
      colour: "red",
      rules: [
        { match: { path: "/{a}/{a}" }, set: { space: "{b}" } },
        { match: { status: "500-200", age: 3 }, ignore: true, set: {} },
        "rule",
      ],
    });
    expect(problems).toEqual([
      "sample_rate must be a number from 0.000001 to 1.",
      "time_zone must be the name of a time zone such as Europe/Berlin.",
      "Rule 1: path: The pattern /{a}/{a} has a name twice.",
      "Rule 1: space names {b}, which no pattern of the rule catches.",
      "Rule 2: match has no field age.",
      'Rule 2: status must be a number such as 200, or a range such as "200-399".',
      "Rule 2: it has both set and ignore.",
      "Rule 3: it must be an object with match, and set or ignore.",
      "Rule 3: set must be an object, or ignore must be true.",
      expect.stringMatching(
        /^There is no setting colour\. There are: .*\bpaths, .*\brules, sample_rate, .*\btime_zone\b.*\.$/,
      ),
    ]);
  });

  test("a rule that no line can match is refused with what to write in its place", () => {
    const problemsOf = (match: object) => parseSettings({ rules: [{ match, ignore: true }] }).problems;
    const hostProblem =
      "Rule 1: host: write the host alone, such as cdn.example.com: lines are compared without scheme, port and path.";
    for (const host of [
      "a.example:8080",
      "*:443",
      "a.example:{port}",
      "[::1]:80",
      "https://a.example",
      "a.example/x",
    ]) {
      expect([host, problemsOf({ host })]).toEqual([host, [hostProblem]]);
    }
    const pathProblem =
      "Rule 1: path: lines are compared without their query: leave ? and what follows out. For a ? in a name write *.";
    for (const path of ["/search?q=*", "/a?**", "/why?"])
      expect([path, problemsOf({ path })]).toEqual([path, [pathProblem]]);
    const methodProblem = "Rule 1: method must be a method such as GET, or a list of them.";
    for (const method of [[], "", "GET POST", "*", null, [7], ["GET", ""]]) {
      expect([method, problemsOf({ method })]).toEqual([method, [methodProblem]]);
    }
    for (const host of ["a.example", "*.example", "[2001:db8::7]", "{tenant}.example"])
      expect(problemsOf({ host })).toEqual([]);
  });

  test("methods are those of lines, in capitals, however they are written", () => {
    const rules = [{ match: { method: ["get", "PROPFIND"] }, ignore: true }];
    expect(parseSettings({ rules }).parsed.settings.rules?.[0]?.match).toEqual({ method: ["GET", "PROPFIND"] });
  });

  test.each([
    ["cloudfront-realtime", {}, "needs fields"],
    ["cloudfront-realtime", { fields: ["timestamp", "sc-status"] }, "lack sc-bytes, cs-uri-stem"],
    [
      "cloudfront-realtime",
      { fields: ["timestamp", "sc-bytes", "sc-status", "cs-uri-stem"] },
      "writes them, each once: timestamp, sc-status, sc-bytes, cs-uri-stem.",
    ],
    [
      "cloudfront-realtime",
      { fields: ["timestamp", "sc-status", "sc-bytes", "cs-uri-stem", "c-ip"] },
      "each once: timestamp, c-ip, sc-status, sc-bytes, cs-uri-stem.",
    ],
    [
      "cloudfront-realtime",
      { fields: ["timestamp", "sc-status", "sc-status", "sc-bytes", "cs-uri-stem"] },
      "each once: timestamp, sc-status, sc-bytes, cs-uri-stem.",
    ],
    ["cloudfront-realtime", { fields: ["timestamp", "sc-status", "sc-bytes", "cs-uri-stem", "asn"] }, null],
    ["cloudfront-realtime", { fields: ["timestamp", "s-ip", "sc-status", "sc-bytes", "cs-uri-stem"] }, null],
    ["cloudfront", { fields: ["timestamp", "sc-bytes", "sc-status", "cs-uri-stem"] }, null],
    ["cloudfront", { fields: ["sc-status", "sc-bytes", "cs-uri-stem"] }, "lack a time"],
    ["cloudfront", { fields: ["time", "sc-status", "sc-bytes", "cs-uri-stem"] }, "lack a time"],
    ["cloudfront", { fields: ["date", "sc-status", "sc-bytes", "cs-uri-stem"] }, "lack a time"],
    ["cloudfront", { fields: ["date", "time", "sc-status", "sc-bytes", "cs-uri-stem"] }, null],
    ["cloudfront", { fields: ["timestamp(ms)", "sc-status", "sc-bytes", "cs-uri-stem"] }, null],
    ["combined", { fields: ["a"] }, "has no fields to set"],
    ["combined", {}, null],
    ["cloudfront", {}, null],
  ] as const)("a source of %s with %j: %s", (format, settings, expected) => {
    const missing = findMissingSetting(format, settings as never);
    if (expected === null) expect(missing).toBeNull();
    else expect(missing).toContain(expected);
  });
});
