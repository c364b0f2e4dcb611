/**
 * A whole server for the tests of this dialect: two organizations, spaces, tokens, and a way to put usage in. Tests say
 * whether each of them gets a world of its own or all of a group share one that none of them changes.
 */
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import type { Config } from "../../config.ts";
import type { UsageRow } from "../../model/usage-row.ts";
import { buildBatch, buildRow } from "../../store/usage-store.contract.ts";
import { openWholeServer } from "../whole-server.contract.ts";

/** UTC ms of a text. */
export const at = (text: string) => Date.parse(text);
/** What the clock of every world says. */
export const NOW_MS = at("2026-11-20T12:00:00Z");

/** The body of every 403. */
export const FORBIDDEN = {
  error: "You are currently not allowed to execute this action. Please contact the administrator of your space.",
};
/** The body of every 404. */
export const NOT_FOUND = ["This record could not be found"];

type Asked = {
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; text is sent as it is. */
  readonly body?: unknown;
};

/** A whole server whose usage, logs and tokens are organization 1's. */
async function openWorld(settings: Partial<Config>) {
  const server = await openWholeServer(NOW_MS, settings);
  const { catalog, store } = server;
  let appended = 0;
  return {
    ...server,
    /** Puts usage straight into the store, each row as an event of its own. */
    async count(...rows: readonly Partial<UsageRow>[]) {
      await store.append(buildBatch(rows.map((row) => buildRow(String(appended++), row))));
    },
    /** A log of one space that has arrived up to a time, with one delivery of 0 bytes long ago. */
    async receiveLog(name: string, space: number, watermarkMs: number) {
      const log = { organization: 1, name, format: "combined", space, tracksWatermark: true } as const;
      await catalog.ensureSource({ ...log, latenessBoundMs: 3_600_000 });
      const checkpoint = { organization: 1, source: name, stream: "", position: "1", watermarkMs };
      const old = { ...delivery("2020-01-01T00:00:00Z", null, 0), source: name, space };
      await store.append(buildBatch([buildRow("old", old)], { checkpoints: [checkpoint] }));
    },
    get: (url: string, asked: Asked = {}) => ask("GET", url, asked),
    ask,
  };

  async function ask(method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", url: string, asked: Asked = {}) {
    const { token = "admin", headers = {}, body } = asked;
    const authorization = token === null ? {} : { authorization: token };
    const type = body === undefined ? {} : { "content-type": "application/json" };
    const answer = await server.app.inject({
      method,
      url,
      headers: { host: "127.0.0.1:8787", ...authorization, ...type, ...headers },
      ...(body === undefined ? {} : { payload: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: answer.body === "" ? undefined : answer.json(),
    };
  }
}

/** The world of the running test. */
export let world: Awaited<ReturnType<typeof openWorld>>;

async function prepareWorld(settings: Partial<Config> = {}) {
  world = await openWorld(settings);
  const { catalog } = world;
  await catalog.createOrganization({ id: 1, name: "Org", monthlyTrafficBytesMax: 100_000_000 });
  await catalog.createOrganization({ id: 2, name: "Other" });
  for (const id of [101, 102, 103, 104, 606, 44_203])
    await catalog.createSpace({ organization: 1, id, name: `S${id}` });
  await catalog.createSpace({ organization: 2, id: 707, name: "Foreign" });
  await world.createToken("admin", { organization: 1 });
  await world.createToken("YOUR_OAUTH_TOKEN", { organization: 1, role: "manager" });
}

/** The body of a 422 for one field. */
export const refused = (field: string, text: string) => ({
  error: `Validation failed: ${field} ${text}`,
  errors: { [field]: [text] },
});

/** The body of a 422 for several fields, each with one text, in the order of the faults. */
export const refusedAll = (errors: Readonly<Record<string, string>>) => ({
  error: `Validation failed: ${Object.entries(errors)[0]?.join(" ")}`,
  errors: Object.fromEntries(Object.entries(errors).map(([field, text]) => [field, [text]])),
});

/** Gives each test of the surrounding group an empty world, with these settings beside the usual ones. */
export function useOwnWorlds(settings: Partial<Config> = {}) {
  beforeEach(() => prepareWorld(settings));
  afterEach(() => world.close());
}

/** Gives the tests of the surrounding group one world, which none of them changes. */
export function useOneWorld(fill: () => Promise<void> = async () => {}) {
  beforeAll(async () => {
    await prepareWorld();
    await fill();
  });
  afterAll(() => world.close());
}

/** API requests and the bytes of their answers. */
export const api = (day: string, space: number | null, count: number, bytesOut: number): Partial<UsageRow> => ({
  kind: "api",
  timeMs: at(`${day}T10:00:00Z`),
  space,
  count,
  bytesOut,
});
/** A delivery of an asset. */
export const delivery = (time: string, asset: number | null, bytesOut: number): Partial<UsageRow> => ({
  kind: "delivery",
  timeMs: at(time),
  asset,
  bytesOut,
});
