/**
 * The whole server as a vendor's client and a source of events see it: usage goes in through the intake, answers are
 * read over HTTP.
 */
import { expect } from "vitest";
import type { Config } from "../config.ts";
import type { UsageEvent } from "../model/usage-event.ts";
import { openWholeServer } from "./whole-server.contract.ts";

/** An event that counts one API request of organization 42 unless it says otherwise. */
export type TestEvent = Partial<Omit<UsageEvent, "id" | "source">> & { readonly timeMs: number };

/** Opens a server whose clock stands at `nowMs`. Close it after the test. */
export async function openAskedServer(nowMs: number, settings: Partial<Config> = {}) {
  const server = await openWholeServer(nowMs, settings);
  let sent = 0;
  const toRecord = ({ timeMs, kind = "api", ...event }: TestEvent) => ({
    form: "event" as const,
    position: "",
    value: {
      specversion: "1.0",
      id: String(sent++),
      source: "platform",
      type: `assetmeter.${kind}`,
      time: new Date(timeMs).toISOString(),
      data: {
        space_id: event.space,
        user_id: event.user,
        bucket_id: event.bucket,
        operation: event.operation,
        count: event.count,
        bytes_in: event.bytesIn,
        bytes_out: event.bytesOut,
        size_delta: event.sizeDelta,
        objects_delta: event.objectsDelta,
      },
    },
  });
  const send = async (
    method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE",
    url: string,
    headers: Readonly<Record<string, string>> = {},
    payload?: string,
  ) => {
    const answer = await server.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
    const body: unknown = answer.body === "" ? null : JSON.parse(answer.body);
    return { status: answer.statusCode, headers: answer.headers, text: answer.body, body };
  };
  return {
    ...server,
    send,
    /** Asks; the token is sent as `Bearer`, null sends none. */
    get: (url: string, token: string | null = "admin", headers: Readonly<Record<string, string>> = {}) =>
      send("GET", url, { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers }),
    /** Sends a JSON body; the token is sent as `Bearer`, null sends none. */
    sendJson: (method: "POST" | "PUT", url: string, body: unknown, token: string | null = "admin") =>
      send(
        method,
        url,
        { "content-type": "application/json", ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
        JSON.stringify(body),
      ),
    /** Sends events, each of which must be accepted. */
    async count(events: readonly TestEvent[], organization = 42) {
      const receipt = await server.intake.submit({
        organization,
        source: "platform",
        format: "cloudevents",
        space: null,
        allowedSpaces: null,
        records: events.map(toRecord),
        checkpoint: null,
      });
      expect(receipt).toMatchObject({ accepted: events.length });
    },
  };
}

/** An open server; see openAskedServer. */
export type AskedServer = Awaited<ReturnType<typeof openAskedServer>>;
