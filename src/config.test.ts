/**
 * readConfig: where a setting comes from, and what is said about every wrong one.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readConfig, readTestFaults } from "./config.ts";
import { AppError } from "./platform/errors.ts";
import { SETTINGS } from "./settings.ts";
import { ROW_GROUP_ROWS } from "./store/duckdb/open-instance.ts";
import { NO_FAULTS } from "./test-faults.ts";

/** The lines of the problem that `run` ends with; fails when it ends well. */
function problemsOf(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toBe("config/invalid");
    return (error as AppError).message.split("\n");
  }
  throw new Error("no problem was reported");
}

describe("readTestFaults", () => {
  it("reads each fault from its variable, and nothing wrong from none", () => {
    expect(readTestFaults({ ASSETMETER_TEST_FAULT: "" })).toEqual(NO_FAULTS);
    const environment = {
      ASSETMETER_TEST_FAULT: "kill:raw:3",
      ASSETMETER_TEST_CLOCK_OFFSET_MS: "-5",
      ASSETMETER_TEST_CLOCK_IS_BELIEVED: "1",
      ASSETMETER_TEST_ROLL_UP_FACTS_MIN: "1",
      ASSETMETER_TEST_COMPACTION_ROWS_MIN: "2",
      ASSETMETER_TEST_LOG_BYTES_MAX: "3",
    };
    expect(readTestFaults(environment)).toEqual({
      commit: { does: "kill", point: "raw", time: 3 },
      ...{ clockOffsetMs: -5, clockIsBelieved: true, rollUpFactsMin: 1, compactionRowsMin: 2, logBytesMax: 3 },
    });
  });

  it("reports every one that nobody understands", () => {
    const environment = {
      ASSETMETER_TEST_FAULT: "kill:nowhere:1",
      ASSETMETER_TEST_CLOCK_OFFSET_MS: "1h",
      ASSETMETER_TEST_CLOCK_IS_BELIEVED: "yes",
      ASSETMETER_TEST_ROLL_UP_FACTS_MIN: "lots",
      ASSETMETER_TEST_COMPACTION_ROWS_MIN: "0",
      ASSETMETER_TEST_LOG_BYTES_MAX: "-1",
    };
    const minimum = "must be a whole number from 1 on";
    expect(problemsOf(() => readTestFaults(environment)).toSorted()).toEqual([
      'ASSETMETER_TEST_CLOCK_IS_BELIEVED is "yes": must be 1',
      'ASSETMETER_TEST_CLOCK_OFFSET_MS is "1h": must be a whole number of milliseconds',
      `ASSETMETER_TEST_COMPACTION_ROWS_MIN is "0": ${minimum}`,
      'ASSETMETER_TEST_FAULT is "kill:nowhere:1": must be kill or fail, a point of the store and a number, as in kill:raw:3',
      `ASSETMETER_TEST_LOG_BYTES_MAX is "-1": ${minimum}`,
      `ASSETMETER_TEST_ROLL_UP_FACTS_MIN is "lots": ${minimum}`,
    ]);
  });
});

describe("readConfig", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "assetmeter-config-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function writeConfigFile(content: string): string {
    const file = join(folder, "config.json");
    writeFileSync(file, content);
    return file;
  }

  it("lets commits be smaller than a row group of the store, which takes larger ones apart at 5 bytes an event more", () => {
    expect(readConfig({ environment: {} }).commitRowsMax).toBeLessThan(ROW_GROUP_ROWS);
  });

  it("answers the documented defaults when nothing is said", () => {
    expect(readConfig({ environment: {} })).toEqual({
      dataDir: "./data",
      host: "127.0.0.1",
      port: 8787,
      publicUrl: null,
      trustsProxy: "off",
      cdnHost: "",
      logLevel: "info",
      signingKeyFile: "",
      bodyBytesMax: 8 * 1024 * 1024,
      eventBytesMax: 64 * 1024,
      batchRecordsMax: 10_000,
      lineBytesMax: 65_536,
      operationsPerSourceMax: 1000,
      sourcesPerOrganizationMax: 1000,
      bucketsPerOrganizationMax: 100_000,
      requestsPerSecondMax: 0,
      futureToleranceMs: 10 * 60 * 1000,
      commitRowsMax: 30_000,
      queueRecordsMax: 200_000,
      queueBytesMax: 134_217_728,
      dedupeHorizonDays: 35,
      rawRetentionDays: 0,
      minuteRetentionDays: 2,
      hourRetentionDays: 0,
      dayRetentionDays: 0,
      monthRetentionDays: 0,
      metricsAccess: "loopback",
      uploadBytesMax: 78_643_200,
      metersOwnTraffic: "on",
      filesS3Region: "us-east-1",
      filesS3Prefix: "assetmeter/",
      filesS3Endpoint: null,
      filesS3Bucket: "",
      queryRowsMax: 1_000_000,
      queryDaysMax: 3660,
      assetColumnsBytesMax: 512 * 1024 * 1024,
      storeMemoryBytesMax: 512 * 1024 * 1024,
      storeThreads: 2,
    });
  });

  it("takes the command line before the environment, that before the file, and the file before the defaults", () => {
    const file = writeConfigFile('{"port": 1, "host": "file", "dataDir": "/file", "storeThreads": 4}');
    const environment = { ASSETMETER_PORT: "2", ASSETMETER_HOST: "environment" };
    const config = readConfig({ environment, file, overrides: { port: 3 }, defaults: { logLevel: "warn" } });
    expect(config).toMatchObject({
      port: 3,
      host: "environment",
      dataDir: "/file",
      storeThreads: 4,
      logLevel: "warn",
    });
  });

  it("finds the configuration file through ASSETMETER_CONFIG_FILE", () => {
    const file = writeConfigFile('{"port": 9999}');
    expect(readConfig({ environment: { ASSETMETER_CONFIG_FILE: file } }).port).toBe(9999);
  });

  it("lets the environment win over a command's own default", () => {
    const environment = { ASSETMETER_LOG_LEVEL: "debug" };
    expect(readConfig({ environment, defaults: { logLevel: "warn" } }).logLevel).toBe("debug");
  });

  it("takes nothing for what is nothing by default, and for the prefix, from the file", () => {
    const file = writeConfigFile('{"filesS3Bucket": "", "signingKeyFile": "", "cdnHost": "", "filesS3Prefix": ""}');
    const nothing = { filesS3Bucket: "", signingKeyFile: "", cdnHost: "", filesS3Prefix: "" };
    expect(readConfig({ environment: {}, file })).toMatchObject(nothing);
    const noDirectory = writeConfigFile('{"dataDir": ""}');
    expect(() => readConfig({ environment: {}, file: noDirectory })).toThrow("must be a text that is not empty");
  });

  it("refuses a prefix of keys that ends without a slash", () => {
    expect(readConfig({ environment: { ASSETMETER_FILES_S3_PREFIX: "a/b/" } }).filesS3Prefix).toBe("a/b/");
    expect(() => readConfig({ environment: { ASSETMETER_FILES_S3_PREFIX: "a/b" } })).toThrow(
      'ASSETMETER_FILES_S3_PREFIX is "a/b": must end with a slash, as in assetmeter/, or be empty',
    );
  });

  it("counts an empty variable as not set", () => {
    expect(readConfig({ environment: { ASSETMETER_PORT: "" } }).port).toBe(8787);
  });

  it("reports every problem with its name, value and bound, wherever it came from", () => {
    const file = writeConfigFile('{"lineBytesMax": "65536", "batchRecordMax": 5}');
    const problems = problemsOf(() =>
      readConfig({
        environment: { ASSETMETER_PORT: "65536", ASSETMETER_LOG_LEVEL: "loud", ASSETMETER_BODY_BYTE_MAX: "1" },
        file,
        overrides: { host: "" },
      }),
    );
    expect(problems).toEqual([
      "ASSETMETER_BODY_BYTE_MAX is set, but there is no such setting; docs/config.md lists them",
      `batchRecordMax in ${file}: there is no such setting`,
      '--host is "": must be a text that is not empty',
      "ASSETMETER_PORT is 65536: must be a whole number from 0 to 65535",
      'ASSETMETER_LOG_LEVEL is "loud": must be one of trace, debug, info, warn, error, silent',
      `lineBytesMax in ${file} is "65536": must be a whole number from 256 to 16777216`,
    ]);
  });

  it.each(["8787.5", "-1", "1e3", "0x10", " 80", "NaN"])("refuses %j where a whole number is needed", (text) => {
    const problems = problemsOf(() => readConfig({ environment: { ASSETMETER_PORT: text } }));
    expect(problems).toEqual([`ASSETMETER_PORT is ${JSON.stringify(text)}: must be a whole number from 0 to 65535`]);
  });

  it("accepts both bounds of every whole number and refuses what lies one beyond", () => {
    // The other settings stand so that no two contradict each other at the bound under test.
    const room = { dedupeHorizonDays: 1, rawRetentionDays: 0, queueRecordsMax: 10_000_000, batchRecordsMax: 1 };
    const wide = { ...room, bodyBytesMax: 1_073_741_824, eventBytesMax: 256 };
    for (const [field, setting] of Object.entries(SETTINGS)) {
      if (setting.kind !== "integer") continue;
      const at = (value: number) => () => readConfig({ environment: {}, overrides: { ...wide, [field]: value } });
      expect(at(setting.min), `${field} at its minimum`).not.toThrow();
      expect(at(setting.max), `${field} at its maximum`).not.toThrow();
      expect(problemsOf(at(setting.min - 1))[0], field).toContain(`from ${setting.min} to ${setting.max}`);
      expect(problemsOf(at(setting.max + 1))[0], field).toContain(`from ${setting.min} to ${setting.max}`);
    }
  });

  it("refuses to drop raw rows before their ids may be forgotten", () => {
    const environment = { ASSETMETER_RAW_RETENTION_DAYS: "34" };
    expect(problemsOf(() => readConfig({ environment }))).toEqual([
      "ASSETMETER_RAW_RETENTION_DAYS is 34: must be 0 or at least ASSETMETER_DEDUPE_HORIZON_DAYS, which is 35",
    ]);
    expect(readConfig({ environment: { ASSETMETER_RAW_RETENTION_DAYS: "35" } }).rawRetentionDays).toBe(35);
  });

  it("refuses a queue that no full batch fits into, and a body that no full event fits into", () => {
    const environment = { ASSETMETER_QUEUE_RECORDS_MAX: "9999", ASSETMETER_BODY_BYTES_MAX: "65535" };
    expect(problemsOf(() => readConfig({ environment }))).toEqual([
      expect.stringContaining("ASSETMETER_QUEUE_RECORDS_MAX is 9999: must be at least ASSETMETER_BATCH_RECORDS_MAX"),
      expect.stringContaining("ASSETMETER_BODY_BYTES_MAX is 65535: must be at least ASSETMETER_EVENT_BYTES_MAX"),
    ]);
  });

  it("takes scheme and authority as the public address and nothing more", () => {
    const read = (url: string) => readConfig({ environment: { ASSETMETER_PUBLIC_URL: url } }).publicUrl;
    expect(read("https://usage.example.com:8443")).toBe("https://usage.example.com:8443");
    expect(read("http://[::1]:8787/")).toBe("http://[::1]:8787");
    for (const url of ["usage.example.com", "ftp://x", "https://x/path", "https://user@x", "https://x/?a=1"]) {
      expect(problemsOf(() => read(url))[0], url).toContain("must be http:// or https://");
    }
  });

  it("takes a host name or an address as the CDN's host, and neither scheme, port nor path", () => {
    const read = (host: string) => readConfig({ environment: { ASSETMETER_CDN_HOST: host } }).cdnHost;
    for (const host of ["cdn.example.com", "CDN.example", "192.0.2.7", "[2001:db8::7]"]) expect(read(host)).toBe(host);
    for (const host of ["https://cdn.example", "cdn.example:443", "cdn.example:8080", "a/b", "u@a", "a b", "a?"]) {
      expect(problemsOf(() => read(host))[0], host).toContain("must be a host name");
    }
  });

  it("says which configuration file cannot be read or is not an object", () => {
    expect(problemsOf(() => readConfig({ environment: {}, file: join(folder, "absent.json") }))[0]).toContain("ENOENT");
    const list = writeConfigFile("[1]");
    expect(problemsOf(() => readConfig({ environment: {}, file: list }))).toEqual([
      `The configuration file ${list} must hold one JSON object`,
    ]);
    const broken = writeConfigFile("{");
    expect(problemsOf(() => readConfig({ environment: {}, file: broken }))[0]).toContain(`${broken} cannot be read`);
  });

  it("leaves the variables of the test suite alone, and those only: a misspelt fault would not happen, and prove nothing", () => {
    expect(() => readConfig({ environment: { ASSETMETER_TEST_S3_URL: "http://x" } })).not.toThrow();
    expect(problemsOf(() => readConfig({ environment: { ASSETMETER_TEST_FAULTS: "kill:raw:1" } }))).toEqual([
      "ASSETMETER_TEST_FAULTS is set, but there is no such setting; docs/config.md lists them",
    ]);
  });

  it("names every variable after its field, so that one can be told from the other", () => {
    for (const [field, setting] of Object.entries(SETTINGS)) {
      const words = field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
      expect(setting.variable).toBe(`ASSETMETER_${words}`);
    }
  });
});
