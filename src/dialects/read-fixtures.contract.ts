/**
 * The fixtures of a vendor: requests and the answers to them, taken from the page that each of them names.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { AskedServer } from "./ask-server.contract.ts";

/** One case: what is asked and what is answered. */
export type Fixture = {
  readonly name: string;
  readonly request: {
    readonly method: Parameters<AskedServer["send"]>[0];
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    /** Sent as JSON. */
    readonly body?: unknown;
  };
  /** A text between slashes is a pattern: of what no page can know, such as a token. */
  readonly response: { readonly status: number; readonly body: unknown };
};

const REQUEST = ".request.json";

/** Every case of a folder by name: `<name>.request.json` with `<name>.response.json`. */
export function readFixtures(folder: string): readonly Fixture[] {
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), "utf8"));
  const names = readdirSync(folder).flatMap((file) => (file.endsWith(REQUEST) ? [file.slice(0, -REQUEST.length)] : []));
  return names
    .sort()
    .map((name) => ({ name, request: read(`${name}${REQUEST}`), response: read(`${name}.response.json`) }));
}

/**
 * Sends the request of a fixture and holds the answer against it. `{name}` in the request stands for what `known` has under that
 * name: a token that was given out before.
 */
export async function expectFixture(
  server: AskedServer,
  { request, response }: Fixture,
  known: Readonly<Record<string, string>> = {},
): Promise<void> {
  const fill = <Value>(value: Value): Value =>
    JSON.parse(JSON.stringify(value).replace(/\{(\w+)\}/g, (all, name: string) => known[name] ?? all));
  const { method, url, headers, body } = request;
  const payload = body === undefined ? undefined : JSON.stringify(fill(body));
  const answer = await server.send(method, fill(url), fill(headers), payload);
  expect([answer.status, answer.body]).toEqual([response.status, toPatterns(response.body)]);
  expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
}

function toPatterns(body: unknown): unknown {
  if (typeof body === "string") {
    const pattern = /^\/(.+)\/$/.exec(body)?.[1];
    return pattern === undefined ? body : expect.stringMatching(new RegExp(pattern));
  }
  if (Array.isArray(body)) return body.map(toPatterns);
  if (typeof body !== "object" || body === null) return body;
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, toPatterns(value)]));
}
