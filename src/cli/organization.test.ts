/** Organizations from the command line: on a real data directory, and as a running server answers for them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand, startProgram } from "./run-program.contract.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-organization-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (words: string) => runCommand([...words.split(" "), "--data-dir", folder]);
const runJson = async (words: string): Promise<unknown> => JSON.parse((await run(`${words} --json`)).out);

const ONE = { id: 1, name: "One", monthly_traffic_bytes_max: 5000, cdn_host: "cdn.one.example" };
const CREATE_ONE = "org create --name One --monthly-traffic-bytes 5000 --cdn-host cdn.one.example";

describe("assetmeter org", () => {
  it("creates, lists and changes organizations, for people and as JSON", async () => {
    expect(await runJson(CREATE_ONE)).toEqual(ONE);
    expect((await run("org create --name Two --cdn-host none")).out).toBe("Organization 2 is created.\n");
    const two = { id: 2, name: "Two", monthly_traffic_bytes_max: 0, cdn_host: null };
    expect(await runJson("org list")).toEqual({ organizations: [ONE, two] });
    expect((await run("org list")).out).toMatch(/^id +name .*\n +1 +One +5000 +cdn\.one\.example\n +2 +Two +0 +-\n$/);
    expect(await runJson("org update --id 2 --cdn-host CDN.Two.example")).toEqual({
      ...two,
      cdn_host: "CDN.Two.example",
    });
    expect((await run("org update --id 1 --cdn-host none")).out).toBe("Organization 1 is changed.\n");
    expect(await runJson("org update --id 1 --name Uno")).toEqual({ ...ONE, name: "Uno", cdn_host: null });
    expect(await runJson("org update --id 1 --monthly-traffic-bytes 0")).toMatchObject({
      ...{ name: "Uno", monthly_traffic_bytes_max: 0 },
    });
  });

  it("ends with one sentence for an update that changes nothing", async () => {
    await run(CREATE_ONE);
    const error = "Say what to change: --name, --monthly-traffic-bytes or --cdn-host.\n";
    expect(await run("org update --id 1")).toEqual({ status: 1, out: "", error });
  });

  it("ends with one sentence for an organization that is not there, a name that is taken and what is no host", async () => {
    await run(CREATE_ONE);
    await run("org create --name Two");
    const rule = "It must be a host name without scheme, port and path, as in cdn.example.com, or none.\n";
    const ends = [
      ["org update --id 9 --cdn-host a.example", 1, "There is no organization 9.\n"],
      [
        "org update --id 1 --name Two",
        1,
        'There is already an organization with the name "Two". Choose another one.\n',
      ],
      ["org update --id 1 --cdn-host https://a.example", 2, rule],
      ["org create --name Three --cdn-host a.example:8080", 2, rule],
      ["org update --name Uno", 2, "--id"],
    ] as const;
    for (const [words, status, sentence] of ends) {
      const end = await run(words);
      expect([words, end.status, end.out]).toEqual([words, status, ""]);
      expect(end.error).toContain(sentence);
      expect(end.error).toMatch(/^[^\n]+\n$/);
    }
    expect(await runJson("org list")).toMatchObject({ organizations: [ONE, { name: "Two", cdn_host: null }] });
  });

  it("changes what a running server answers from the next request on", async () => {
    await run("org create --name One");
    const { token } = (await runJson("token create --org 1 --role admin")) as { token: string };
    const server = await startProgram(["serve", "--data-dir", folder, "--port", "0"]);
    try {
      const readHost = async (): Promise<unknown> => {
        const headers = { authorization: `Bearer ${token}` };
        return (await fetch(`${server.url}/api/v1/stats/cdn`, { headers })).json();
      };
      const answer = { type: "traffic", period: 24, data: { sum: 0 } };
      expect(await readHost()).toEqual({ ...answer, cdn: "127.0.0.1" });
      await run("org update --id 1 --cdn-host cdn.one.example");
      expect(await readHost()).toEqual({ ...answer, cdn: "cdn.one.example" });
      await run("org update --id 1 --cdn-host none");
      expect(await readHost()).toEqual({ ...answer, cdn: "127.0.0.1" });
    } finally {
      await server.stop();
    }
  });
});
