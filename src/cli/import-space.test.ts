/** Whose the lines of a log are: what --space says, else what the source says, else the first space; the same for every way in. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningProgram, runCommand, startProgram } from "./run-program.contract.ts";

const line = (path: string) => `192.0.2.1 - - [02/Mar/2026:10:00:00 +0000] "GET ${path} HTTP/1.1" 200 5 "-" "x"\n`;

let folder: string;
let server: RunningProgram | null;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-space-"));
  server = null;
  await run("org create --id 1 --name Example");
  for (const id of [1, 5, 7]) await run(`space create --org 1 --name S${id} --id ${id}`);
});
afterEach(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(command: string): Promise<string> {
  const { status, out, error } = await runCommand([...command.split(" "), "--data-dir", join(folder, "data")]);
  expect({ command, status, error: status === 0 ? "" : error }).toEqual({ command, status: 0, error: "" });
  return out;
}

function write(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const createSource = (settings: object) =>
  run(`source create www --format combined --settings ${write("settings.json", JSON.stringify(settings))}`);

const importLine = async (path: string, more = ""): Promise<Record<string, unknown>> =>
  JSON.parse(await run(`import ${write("import.log", line(path))} --source www --json${more}`));

/** Requests of each space, `-` for none. */
async function readSpaces(): Promise<Readonly<Record<string, number>>> {
  const query = "query --metric requests --start 2026-03-02 --end 2026-03-03 --group-by space --json";
  const { rows } = JSON.parse(await run(query)) as {
    rows: { group: { space: number | null }; values: { requests: number } }[];
  };
  return Object.fromEntries(rows.map(({ group, values }) => [group.space ?? "-", values.requests]));
}

describe("the lines of a source with a space", () => {
  it("are of it whether they are imported or followed, and of another one only where --space or a rule says so", async () => {
    await createSource({ space_id: 7, rules: [{ match: { path: "/rule" }, set: { space: "1" } }] });
    await importLine("/a");
    await run(`follow ${write("followed.log", line("/b"))} --source www --once`);
    expect(await readSpaces()).toEqual({ 7: 2 });
    await importLine("/c", " --space 5");
    await importLine("/rule");
    await importLine("/d", " --space none");
    expect(await readSpaces()).toEqual({ 1: 1, 5: 1, 7: 3 });
  });

  it("are of it through a running server, imported or sent", async () => {
    await createSource({ space_id: 7 });
    const secret = /am_\S+/.exec(await run("token create --org 1 --role admin"))?.[0] ?? "";
    server = await startProgram(["serve", "--data-dir", join(folder, "data"), "--port", "0"]);
    await importLine("/a");
    const send = (source: string, path: string) =>
      fetch(`${server?.url}/usage/v1/logs?format=combined&source=${source}&default_space=5`, {
        ...{ method: "POST", headers: { authorization: `Bearer ${secret}` }, body: line(path) },
      });
    expect((await send("www", "/b")).status).toBe(200);
    expect((await send("other", "/c")).status).toBe(200);
    await importLine("/d", " --space 1");
    expect(await readSpaces()).toEqual({ 1: 1, 5: 1, 7: 2 });
  });
});

describe("the lines of a source without a space", () => {
  it("are of the first one where they are imported, also before there is a source", async () => {
    await importLine("/a");
    await importLine("/b");
    expect(await readSpaces()).toEqual({ 1: 2 });
    await importLine("/c", " --space none");
    expect(await readSpaces()).toEqual({ "-": 1, 1: 2 });
  });

  it("are unmapped where the source requires one and neither a rule nor --space gives it", async () => {
    await createSource({ requires: "space", rules: [{ match: { path: "/rule" }, set: { space: "5" } }] });
    expect(await importLine("/a")).toMatchObject({ accepted: 0, rejected_by_reason: { unmapped: 1 } });
    await importLine("/rule");
    await importLine("/b", " --space 7");
    expect(await readSpaces()).toEqual({ 5: 1, 7: 1 });
  });

  it("need a first space only where no source says one", async () => {
    await run("org create --id 2 --name Second");
    await run("space create --org 2 --name S9 --id 9");
    const file = write("second.log", line("/a"));
    const refused = await runCommand(["import", file, "--org", "2", "--data-dir", join(folder, "data")]);
    expect(refused).toEqual({ status: 1, out: "", error: "Organization 2 has no space 1.\n" });
    const settings = write("settings.json", JSON.stringify({ space_id: 9 }));
    await run(`source create www --org 2 --format combined --settings ${settings}`);
    expect(await run(`import ${file} --org 2 --source www`)).toContain("accepted    1\n");
  });
});
