/**
 * runCli: what a command line gets back without any data: help, usage errors, and where they are written.
 */
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { buildFixedClock } from "../platform/clock.ts";
import { AppError } from "../platform/errors.ts";
import type { CommandContext } from "./command-context.ts";
import { buildProgram, runCli } from "./run-cli.ts";

/** A terminal that keeps what is written, and a program that must not be opened unless a test says what happens. */
function buildContext(openApp: CommandContext["openApp"] = () => expect.fail("the program was opened")) {
  const written = { out: "", error: "" };
  const context: CommandContext = {
    openApp,
    clock: buildFixedClock(0),
    terminal: {
      writeOut: (text) => {
        written.out += text;
      },
      writeError: (text) => {
        written.error += text;
      },
      errorIsTerminal: false,
      stdin: Readable.from([]),
    },
  };
  return { context, written };
}

async function run(argv: readonly string[], openApp?: CommandContext["openApp"]) {
  const { context, written } = buildContext(openApp);
  return { status: await runCli(argv, context), ...written };
}

/** The words of every command of the program: `token create`, `serve`, … */
function commandNames(command: Command, path: readonly string[] = []): string[] {
  return [path.join(" "), ...command.commands.flatMap((child) => commandNames(child, [...path, child.name()]))];
}

const NAMES = commandNames(buildProgram(buildContext().context));

/** Commands that insist on an option: without it they complain of that first. */
const REQUIRED: Readonly<Record<string, string>> = {
  "token create": "--org 1 --role admin",
  "token list": "--org 1",
  "token revoke": "--org 1 an-id",
  "org create": "--name x",
  "org update": "--id 1",
  "space create": "--org 1 --name x",
  "repo create": "--org 1 --name x",
  "repo list": "--org 1",
  "repo update": "--org 1 --id x",
  "repo delete": "--org 1 --id x",
  "bucket create": "--org 1 --name x",
  "bucket list": "--org 1",
  "bucket update": "--org 1 --id x",
  "bucket delete": "--org 1 --id x",
  "source create": "cdn --format s3",
  "user create": "--org 1 --name x --role member",
  "user list": "--org 1",
  "user password": "--org 1 --id 1",
  "user disable": "--org 1 --id 1",
  "user enable": "--org 1 --id 1",
};

const toArgv = (words: string): string[] => words.split(" ").filter((word) => word !== "");

describe("runCli", () => {
  it.each(["--version", "-V"])("prints the version of the package for %s", async (option) => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(await run([option])).toEqual({ status: 0, out: `${version}\n`, error: "" });
  });

  it("has the commands that the README names", () => {
    expect(NAMES.toSorted()).toEqual(
      [
        "",
        "serve",
        "import",
        "query",
        "export",
        "token",
        "token create",
        "token list",
        "token revoke",
        "org",
        ...["create", "list", "update"].map((verb) => `org ${verb}`),
        "space",
        "space create",
        ...["repo", "bucket"].flatMap((thing) => [
          thing,
          ...["create", "list", "update", "delete"].map((verb) => `${thing} ${verb}`),
        ]),
        "demo",
        "doctor",
        "rebuild",
        "backup",
        "restore",
        "verify",
        "key",
        "key rotate",
        "follow",
        "source",
        ...["change", "create", "list", "pause", "replay", "resume", "show", "test"].map((verb) => `source ${verb}`),
        "user",
        "user create",
        "user disable",
        "user enable",
        "user list",
        "user password",
      ].sort(),
    );
  });

  it.each(NAMES)("shows an example of its own in the help of `assetmeter %s`", async (name) => {
    const { status, out, error } = await run([...toArgv(name), "--help"]);
    expect(status).toBe(0);
    expect(error).toBe("");
    expect(out).toContain(`Example:\n  $ assetmeter ${name}`);
  });

  it.each(NAMES)("ends with 2 and one sentence for an unknown option of `assetmeter %s`", async (name) => {
    const { status, out, error } = await run([...toArgv(`${name} ${REQUIRED[name] ?? ""}`), "--no-such-option"]);
    expect(status).toBe(2);
    expect(out).toBe("");
    expect(error).toBe("Unknown option '--no-such-option'.\n");
  });

  it("ends with 2 and one sentence for an unknown command", async () => {
    expect(await run(["explode"])).toEqual({
      status: 2,
      out: "",
      error: "Unknown command 'explode'; see `assetmeter --help`.\n",
    });
  });

  it("says of demo that its data is in ./data/demo, which no other command takes for its own", async () => {
    expect((await run(["demo", "--help"])).out).toMatch(/\(default:\s+\.\/data\/demo\)/);
    expect((await run(["serve", "--help"])).out).toMatch(/\(default:\s+\.\/data\)/);
  });

  it("ends with 2 and the help on stderr when no command is named", async () => {
    const { status, out, error } = await run([]);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(error).toContain("Usage: assetmeter");
  });

  it.each([
    [["serve", "--port", "65536"], "65535"],
    [["token", "create", "--org", "0", "--role", "admin"], "from 1"],
    [["token", "create", "--org", "1", "--role", "owner"], "admin, manager, member"],
    [["token", "create", "--org", "1", "--role", "admin", "--scopes", "stats:write"], "ingest,stats:read"],
    [["token", "create", "--org", "1"], "--role"],
    [["import"], "file"],
    [["import", "a.log", "--format", "w3c"], "combined, common"],
    [["demo", "--events", "-5"], "1000"],
    [["doctor", "extra"], "Too many arguments"],
  ])("says what is wrong with %j before it opens anything", async (argv, words) => {
    const { status, out, error } = await run(argv);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(error).toMatch(/^[^\n]+\.\n$/);
    expect(error).toContain(words);
  });

  it("writes one JSON object on stdout for a usage error with --json, and the sentence on stderr", async () => {
    const { status, out, error } = await run(["token", "create", "--json"]);
    expect(status).toBe(2);
    expect(JSON.parse(out)).toEqual({ error: { code: "request/invalid", message: error.trimEnd() } });
  });

  it("ends with 1 and the public sentence of an error that the program throws, with --json as an object too", async () => {
    const openApp = () => {
      throw new AppError("config/invalid", "ASSETMETER_PORT is 0x1: must be a whole number.");
    };
    expect(await run(["doctor"], openApp)).toEqual({
      status: 1,
      out: "",
      error: "ASSETMETER_PORT is 0x1: must be a whole number.\n",
    });
    const { out } = await run(["doctor", "--json"], openApp);
    expect(JSON.parse(out)).toEqual({
      error: { code: "config/invalid", message: "ASSETMETER_PORT is 0x1: must be a whole number." },
    });
  });

  it("refuses an import of which one file is missing before anything is opened", async () => {
    const { status, error } = await run(["import", import.meta.filename, "/no/such/access.log"]);
    expect(status).toBe(1);
    expect(error).toBe("/no/such/access.log does not exist.\n");
  });

  it("hands data directory, file, host and port on, and leaves what was not given to the configuration", async () => {
    const choices: unknown[] = [];
    const openApp: CommandContext["openApp"] = (choice) => {
      choices.push(choice);
      throw new AppError("config/invalid", "enough");
    };
    await run(["serve", "--data-dir", "d", "--config", "c.json", "--host", "::1", "--port", "0"], openApp);
    await run(["serve"], openApp);
    await run(["doctor"], openApp);
    expect(choices).toEqual([
      { dataDir: "d", configFile: "c.json", host: "::1", port: 0 },
      {},
      { logLevelDefault: "warn" },
    ]);
  });
});
