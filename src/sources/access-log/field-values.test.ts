/** Times in fields of their own, as servers print them: read, they are the time that was printed. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTime } from "./field-values.ts";
import { readOneLine } from "./read-one-line.contract.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `20/Nov/2026:13:45:02 +0530`, as Apache, nginx and Caddy's `common_log` print it. */
function printLogTime(timeMs: number, offsetMinutes: number): string {
  const [date = "", clock = ""] = new Date(timeMs + offsetMinutes * 60_000).toISOString().split("T");
  const [year, month, day] = date.split("-");
  const away = Math.abs(offsetMinutes);
  const offset = `${Math.floor(away / 60)}`.padStart(2, "0") + `${away % 60}`.padStart(2, "0");
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${clock.slice(0, 8)} ${offsetMinutes < 0 ? "-" : "+"}${offset}`;
}

/** `2026/11/20 08:15:02` with so many digits of the fraction, as Caddy prints it. */
function printWall(timeMs: number, digits: number): string {
  const [date = "", clock = ""] = new Date(timeMs).toISOString().split("T");
  const fraction = digits === 0 ? "" : `.${clock.slice(9, 12).padEnd(digits, "0")}`;
  return `${date.replaceAll("-", "/")} ${clock.slice(0, 8)}${fraction}`;
}

const anyTimeMs = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) });
const toSecond = (timeMs: number) => timeMs - (timeMs % 1_000);

describe("readTime", () => {
  test("reads what Apache, nginx and Caddy's common_log print, with any offset", () => {
    fc.assert(
      fc.property(anyTimeMs, fc.integer({ min: -14 * 60, max: 14 * 60 }), (timeMs, offsetMinutes) => {
        expect(readTime(printLogTime(timeMs, offsetMinutes), "Europe/Berlin")).toBe(toSecond(timeMs));
      }),
    );
  });

  test("reads what Caddy's wall, wall_milli and wall_nano print, which is UTC", () => {
    fc.assert(
      fc.property(anyTimeMs, (timeMs) => {
        expect(readTime(printWall(timeMs, 0), "UTC")).toBe(toSecond(timeMs));
        for (const digits of [3, 9]) expect(readTime(printWall(timeMs, digits), "UTC")).toBe(timeMs);
      }),
    );
  });

  test("reads a wall clock of another zone where the source says so", () => {
    expect(readTime("2026/11/20 09:15:02.041", "Europe/Berlin")).toBe(Date.parse("2026-11-20T08:15:02.041Z"));
    expect(readTime("2026/07/20 09:15:02", "Europe/Berlin")).toBe(Date.parse("2026-07-20T07:15:02Z"));
  });

  test("a fraction of a second is cut after its milliseconds, so that no request moves into the next hour", () => {
    expect(readTime(1795165199.9996, "UTC")).toBe(Date.parse("2026-11-20T08:59:59.999Z"));
    expect(readTime("1795165199.9996", "UTC")).toBe(Date.parse("2026-11-20T08:59:59.999Z"));
    expect(readTime(1795162502.0417, "UTC")).toBe(Date.parse("2026-11-20T08:15:02.041Z"));
  });

  test("a time in seconds with milliseconds is that millisecond, though binary fractions lie beside it", () => {
    fc.assert(
      fc.property(anyTimeMs, (timeMs) => {
        const seconds = `${Math.floor(timeMs / 1_000)}.${String(timeMs % 1_000).padStart(3, "0")}`;
        expect(readTime(seconds, "UTC")).toBe(timeMs);
        expect(readTime(Number(seconds), "UTC")).toBe(timeMs);
      }),
    );
  });

  test.each([
    ...["2026/02/31 08:15:02", "2026/11-20 08:15:02", "2026/11/20 24:15:02", "2026/11/20", "20/11/2026 08:15:02"],
    ...["31/Feb/2026:08:15:02 +0000", "20/Nov/2026:08:15:02", "[20/Nov/2026:08:15:02 +0000]", "20/Nov/2026 08:15:02"],
  ])("takes %s for no time", (text) => {
    expect(readTime(text, "UTC")).toBeNull();
  });

  test("is what lines of Caddy and of nginx's JSON are read with", () => {
    const at = Date.parse("2026-11-20T08:15:02Z");
    for (const time of ["20/Nov/2026:09:15:02 +0100", "2026/11/20 08:15:02"]) {
      const request = { method: "GET", uri: "/a" };
      const caddy = { ts: time, logger: "http.log.access", request, status: 200, size: 1 };
      const nginx = { time, method: "GET", uri: "/a", status: "200", bytes_out: "1", bytes_in: "1" };
      expect(readOneLine(JSON.stringify(caddy), { format: "caddy-json" }).timeMs).toBe(at);
      expect(readOneLine(JSON.stringify(nginx), { format: "json-lines" }).timeMs).toBe(at);
    }
  });
});
