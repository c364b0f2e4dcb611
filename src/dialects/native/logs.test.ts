/** The receipt of a log: what became of its lines, how much of it was read, and of which time. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openWholeServer, type WholeServer } from "../whole-server.contract.ts";

let server: WholeServer;
beforeEach(async () => {
  server = await openWholeServer(Date.parse("2026-11-20T12:00:00Z"));
  await server.catalog.createOrganization({ id: 42, name: "Example" });
  await server.catalog.createSpace({ organization: 42, id: 606, name: "Site" });
  await server.catalog.createSpace({ organization: 42, id: 707, name: "Shop" });
  await server.createToken("admin");
});
afterEach(() => server.close());

const line = (time: string) => `192.0.2.1 - - [20/Nov/2026:${time} +0000] "GET /a HTTP/1.1" 200 7 "-" "x"\n`;

const send = async (log: string, more = "", secret = "admin") => {
  const headers = { authorization: `Bearer ${secret}`, "content-type": "text/plain" };
  const url = `/usage/v1/logs?source=cdn${more}`;
  return (await server.app.inject({ method: "POST", url, headers, payload: log })).json();
};

describe("POST /usage/v1/logs 200", () => {
  test("says the bytes of the log and the times of its lines, whether they counted now or before", async () => {
    const log = `${line("05:10:00")}${line("02:00:00")}nonsense\n`;
    const extent = {
      ...{ bytes: log.length, late: 0 },
      ...{ first_event_time: "2026-11-20T02:00:00.000Z", last_event_time: "2026-11-20T05:10:00.000Z" },
    };
    expect(await send(log)).toMatchObject({ ...extent, received: 3, accepted: 2, rejected: 1 });
    expect(await send(log)).toMatchObject({ ...extent, accepted: 0, duplicates: 2, rejected: 1 });
  });

  test("names no format of a source whose records the token may not see, but what it said itself or its lines show", async () => {
    await server.createToken("site", { spaces: [606], scopes: ["ingest"] });
    expect(await send(line("01:00:00"), "&space=606", "site")).toMatchObject({ format: "combined" });
    expect(await send(line("02:00:00"), "&space=606", "site")).toMatchObject({ format: null });
    const said = await send(line("03:00:00"), "&space=606&format=combined", "site");
    expect(said).toMatchObject({ format: "combined", duplicates: 0 });
    await server.catalog.updateSource(42, "cdn", { space: 606 });
    expect(await send(line("04:00:00"), "", "site")).toMatchObject({ format: "combined" });
  });

  test("says no time of a log of which nothing counted", async () => {
    const nothing = { bytes: 0, late: 0, first_event_time: null, last_event_time: null };
    expect(await send("")).toMatchObject({ ...nothing, received: 0 });
  });
});

describe("POST /usage/v1/logs 409", () => {
  test("names the format of a source only to who may see its records", async () => {
    await server.createToken("site", { spaces: [606], scopes: ["ingest"] });
    await server.catalog.ensureSource({ organization: 42, name: "cdn", format: "combined" });
    const other = { code: "sources/other-format" };
    const named = { ...other, detail: "The source cdn is of the format combined, not of s3." };
    const unnamed = { ...other, detail: "The source cdn is of another format." };
    expect(await send(line("01:00:00"), "&format=s3")).toMatchObject(named);
    expect(await send(line("01:00:00"), "&format=s3", "site")).toMatchObject(unnamed);
    await server.catalog.updateSource(42, "cdn", { space: 606 });
    expect(await send(line("01:00:00"), "&format=s3", "site")).toMatchObject(named);
  });

  test("says of a source of events only to who may see its records that it is one", async () => {
    await server.createToken("site", { spaces: [606], scopes: ["ingest"] });
    await server.catalog.ensureSource({ organization: 42, name: "cdn", format: "cloudevents" });
    expect((await send(line("01:00:00"))).detail).toBe("The source cdn takes events and no log lines.");
    expect((await send(line("01:00:00"), "", "site")).detail).toBe("The source cdn is of another format.");
  });
});
