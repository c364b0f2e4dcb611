/** What is made of the fields of JSON lines: ids, paths, words for yes and no, and what only JSON can write. */
import { describe, expect, test } from "vitest";
import { readOneLine } from "./read-one-line.contract.ts";

describe("fields of JSON lines", () => {
  const readMapped = (fields: object, bytes?: Buffer) =>
    readOneLine(bytes ?? JSON.stringify(fields), {
      format: "json-lines",
      settings: { fieldMap: { time: "t", uri: "r.u", status: "s", bytesOut: "b", edge: "edge" } },
    });
  const asked = { t: "2026-11-20T08:15:02Z", r: { u: "/a.jpg" }, s: 200, b: 1 };

  test("a shield's line of a request that the edge writes, too, does not count", () => {
    for (const edge of [false, "false", "0"]) {
      expect(readMapped({ ...asked, edge }).rejection?.reason).toBe("shield-hop");
    }
    for (const edge of [true, "true", "1", undefined]) expect(readMapped({ ...asked, edge }).rejection).toBeNull();
  });

  test("a mapped path whose bytes a server escaped as \\xHH is the path that another writes as it is", () => {
    const settings = { fieldMap: { time: "t", status: "s", bytesOut: "b", path: "p" } };
    const read = (path: string) =>
      readOneLine(`{"t":"2026-11-20T08:15:02Z","s":200,"b":1,"p":"${path}"}`, { format: "json-lines", settings })
        .request?.path;
    expect(read('/café \\"x\\"/1.jpg')).toBe('/café "x"/1.jpg');
    expect(read("/caf\\xC3\\xA9 \\x22x\\x22/1.jpg")).toBe('/café "x"/1.jpg');
    expect(read("/caf\\xc3\\xa9\\x22.jpg")).toBe('/café".jpg');
    // A backslash of the name itself is escaped, and what stands behind it is no escape.
    expect(read("/\\\\xC3\\xC3\\xA9.jpg")).toBe("/\\xC3é.jpg");
    // Bytes that are no UTF-8 are kept.
    expect(read("/\\xFFcaf\\xC3\\xA9\\xC3.jpg")).toBe("/%FFcafé%C3.jpg");
  });

  test("a path of half a character of UTF-16 is malformed, so that no two of them become one name", () => {
    const settings = { fieldMap: { time: "t", status: "s", bytesOut: "b", path: "p" } };
    const malformed = { reason: "malformed" };
    for (const half of ["\\ud800", "\\udfff"]) {
      const mapped = `{"t":"2026-11-20T08:15:02Z","s":200,"b":1,"p":"/a${half}.jpg"}`;
      expect(readOneLine(mapped, { format: "json-lines", settings }).rejection).toMatchObject(malformed);
      const nginx = `{"time":"1795162502","method":"GET","uri":"/a${half}.jpg","status":"200","bytes_out":"1"}`;
      expect(readOneLine(nginx, { format: "json-lines" }).rejection).toMatchObject(malformed);
      const api = (name: string, objects = "") =>
        `{"name":"${name}","bucket":"b","object":"a${half}.jpg","statusCode":200,"tx":1${objects}}`;
      const entry = (api: string) => `{"time":"2026-11-20T08:15:02Z","requestID":"R1","deploymentid":"d","api":${api}}`;
      expect(readOneLine(entry(api("GetObject")), { format: "minio-audit" }).rejection).toMatchObject(malformed);
      const bulk = api("DeleteMultipleObjects", `,"objects":[{"objectName":"a${half}.jpg"}]`);
      expect(readOneLine(entry(bulk), { format: "minio-audit", part: 1 }).rejection).toMatchObject(malformed);
    }
    const whole = `{"t":"2026-11-20T08:15:02Z","s":200,"b":1,"p":"/\\ud83d\\ude00.jpg"}`;
    expect(readOneLine(whole, { format: "json-lines", settings }).assetPath).toBe("/😀.jpg");
  });

  test("a bucket that the catalogue cannot hold refuses its own line, not all that come with it", () => {
    for (const name of ["b\\ud800", "b\\u0000"]) {
      const api = `{"name":"GetObject","bucket":"${name}","object":"a.jpg","statusCode":200,"tx":1}`;
      const entry = `{"time":"2026-11-20T08:15:02Z","requestID":"R1","deploymentid":"d","api":${api}}`;
      expect(readOneLine(entry, { format: "minio-audit" }).rejection?.reason).toBe("malformed");
    }
  });

  test("a CloudFront line whose timestamp is absent has the time of its date and time", () => {
    const line = {
      ...{ date: "2026-11-20", time: "08:15:02", "cs-uri-stem": "/a.jpg", "sc-status": "200", "sc-bytes": "1" },
    };
    for (const absent of [{}, { "timestamp(ms)": "-" }, { "timestamp(ms)": "", timestamp: "-" }]) {
      const passage = readOneLine(JSON.stringify({ ...line, ...absent }), { format: "cloudfront" });
      expect(passage).toMatchObject({ rejection: null, timeMs: Date.parse("2026-11-20T08:15:02Z") });
    }
  });

  test("a path, a target or a request field of `-` asks for nothing", () => {
    for (const field of ["path", "uri", "request"] as const) {
      const settings = { fieldMap: { time: "t", status: "s", bytesOut: "b", [field]: "r" } };
      const line = (asked: string) => JSON.stringify({ t: "2026-11-20T08:15:02Z", s: 200, b: 1, r: asked });
      const read = (asked: string) => readOneLine(line(asked), { format: "json-lines", settings });
      expect([field, read("-").rejection?.reason]).toEqual([field, "no-request"]);
      expect([field, read(field === "request" ? "GET /- HTTP/1.1" : "/-").operation]).toEqual([field, "/-"]);
    }
  });

  test("yes and no are the same words in every format that marks a part of a request", () => {
    const fastly = {
      ...{ timestamp: "2026-11-20T08:15:02+0000", host: "a", url: "/a.jpg", request_method: "GET" },
      ...{ response_state: "HIT", response_status: 200, response_body_size: 1 },
    };
    const cloudflare = {
      ...{ EdgeStartTimestamp: "2026-11-20T08:15:02Z", ClientRequestMethod: "GET", ClientRequestPath: "/a.jpg" },
      ...{ EdgeResponseStatus: 200, EdgeResponseBytes: 1, RayID: "8e5a1b2c3d4e5f60" },
    };
    const read = (fields: object, format: "fastly-json" | "cloudflare-http") =>
      readOneLine(JSON.stringify(fields), { format }).rejection?.reason;
    for (const no of [false, "false", 0, "0"]) {
      expect([no, read({ ...fastly, fastly_is_edge: no }, "fastly-json")]).toEqual([no, "shield-hop"]);
      expect([no, read({ ...cloudflare, WorkerSubrequest: no }, "cloudflare-http")]).toEqual([no, undefined]);
    }
    for (const yes of [true, "true", 1, "1"]) {
      expect([yes, read({ ...fastly, fastly_is_edge: yes }, "fastly-json")]).toEqual([yes, undefined]);
      expect([yes, read({ ...cloudflare, WorkerSubrequest: yes }, "cloudflare-http")]).toEqual([yes, "sub-request"]);
    }
  });

  test("a number that loses digits is no id, so that no two requests become one; the content says which they are", () => {
    const fieldMap = { time: "t", uri: "u", status: "s", bytesOut: "b", id: ["i", "n"] };
    const read = (id: string, more = "1") =>
      readOneLine(`{"t":"2026-11-20T08:15:02Z","u":"/a.jpg","s":200,"b":1,"i":${id},"n":${more}}`, {
        format: "json-lines",
        settings: { fieldMap },
      }).id;
    for (const id of ["1795162502041000001", "1795162502041000002", "1e300", "0.12345678901234567"]) {
      expect([id, read(id)]).toEqual([id, "l1:test"]);
      expect([id, read("7", id)]).toEqual([id, "l1:test"]);
      expect([id, read(`"${id}"`)]).toEqual([id, expect.stringMatching(`^json-lines:${id.replaceAll(".", "[.]")}:`)]);
    }
    expect(read("9007199254740991")).toMatch(/^json-lines:9007199254740991:/);
  });

  test("a path that is not UTF-8 is malformed, however deep it stands; elsewhere such bytes do not matter", () => {
    const write = (path: string, more: string) =>
      readMapped(
        {},
        Buffer.from(`{"t":"2026-11-20T08:15:02Z","r":{"u":"${path}"},"s":200,"b":1,"x":{"y":"${more}"}}`, "latin1"),
      );
    expect(write("/a\xff.jpg", "").rejection).toEqual({ reason: "malformed", detail: "path is not UTF-8." });
    expect(write("/a.jpg", "\xff")).toMatchObject({ rejection: null, assetPath: "/a.jpg" });
  });
});
