/**
 * A server as a process of its own, with an organization, a space, people who log in and a token: what a vendor's
 * client meets. Everything is made with the command line.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { runCommand, startProgram } from "../../src/cli/run-program.contract.ts";

/** What the people of the organization log in with. */
export const PASSWORD = "correct horse battery";

/** One event of organization 1. */
export type SentEvent = { readonly type: string; readonly data: Readonly<Record<string, unknown>> };

/** Starts it. Ann (1) is an admin, Bob (2) a member of organization 1 with space 1. Close it after the tests. */
export async function startRealServer() {
  const folder = mkdtempSync(join(tmpdir(), "assetmeter-compat-"));
  const dataDir = join(folder, "data");
  const configFile = join(folder, "config.json");
  // Whatever may be logged at all is: a secret that slips into a line must be found.
  writeFileSync(configFile, JSON.stringify({ logLevel: "trace" }));
  const run = async (args: readonly string[], stdin = "") => {
    const { status, out, error } = await runCommand([...args, "--data-dir", dataDir, "--json"], stdin);
    expect({ status, error }).toEqual({ status: 0, error: "" });
    return JSON.parse(out) as Record<string, unknown>;
  };
  const { token } = await run(["token", "create", "--org", "1", "--role", "admin"]);
  for (const [email, role] of [
    ["ann@example.com", "admin"],
    ["bob@example.com", "member"],
  ] as const) {
    await run(["user", "create", "--org", "1", "--email", email, "--role", role, "--password-stdin"], `${PASSWORD}\n`);
  }
  const server = await startProgram(["serve", "--data-dir", dataDir, "--config", configFile, "--port", "0"]);
  let sent = 0;
  return {
    url: server.url,
    token: String(token),
    run,
    /** Sends events that happened at this moment; each must be accepted. */
    async count(events: readonly SentEvent[]) {
      const answer = await fetch(`${server.url}/usage/v1/events`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": "application/cloudevents-batch+json",
          // What tells of usage is not usage itself.
          "x-filespin-internal-request": "true",
        },
        body: JSON.stringify(
          events.map(({ type, data }) => ({
            ...{ specversion: "1.0", id: String(sent++), source: "compat", type: `assetmeter.${type}` },
            data: { space_id: 1, ...data },
          })),
        ),
      });
      expect(await answer.json()).toMatchObject({ accepted: events.length });
    },
    /** Makes a backup of the running server: what lists it (the command's answer and its own list), and all of its bytes. */
    async backUp(): Promise<{ readonly listing: string; readonly contents: string }> {
      const copy = join(folder, "backup");
      const said = await run(["backup", copy]);
      const listing = `${JSON.stringify(said)}\n${readFileSync(join(copy, "backup.json"), "latin1")}`;
      return { listing, contents: readFiles(copy) };
    },
    /** Stops the server and answers everything that it wrote, and every byte of its files. */
    async stop(): Promise<string> {
      const { out, error } = await server.stop();
      return [out, error, readFiles(dataDir)].join("\n");
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Every byte of the files below a folder. */
function readFiles(path: string): string {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((file) => readFileSync(join(file.parentPath, file.name), "latin1")).join("\n");
}

/** A running server; see startRealServer. */
export type RealServer = Awaited<ReturnType<typeof startRealServer>>;
