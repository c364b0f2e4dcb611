/** Users and keys from the command line, on a real data directory. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand, runProgram } from "./run-program.contract.ts";

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-user-"));
  expect((await run(["org", "create", "--name", "One"])).status).toBe(0);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (args: readonly string[], stdin = "") => runCommand([...args, "--data-dir", folder], stdin);
const CREATE = ["user", "create", "--org", "1", "--role", "admin", "--email", "ann@example.com"];

describe("assetmeter user", () => {
  it("creates users with and without a password and lists them without anything of it", async () => {
    const created = await run([...CREATE, "--password-stdin", "--json"], "correct horse\r\n");
    expect(JSON.parse(created.out)).toEqual({
      ...{ id: 1, organization: 1, name: "ann@example.com", email: "ann@example.com", role: "admin", disabled: false },
    });
    expect((await run(["user", "create", "--org", "1", "--role", "member", "--id", "9"])).out).toBe(
      "User 9 of organization 1 is created.\n",
    );
    const { out } = await run(["user", "list", "--org", "1"]);
    expect(out.split("\n").filter((line) => line !== "")).toHaveLength(3);
    expect(out).not.toMatch(/argon2|horse/);
  });

  it("refuses a short password, a password without an address, and an address that is taken; creates nothing", async () => {
    const short = await run([...CREATE, "--password-stdin"], "short\n");
    expect([short.status, short.error]).toEqual([
      1,
      "A password must have from 8 to 1024 characters; this one has 5.\n",
    ]);
    const unaddressed = await run(
      ["user", "create", "--org", "1", "--role", "admin", "--password-stdin"],
      "long enough",
    );
    expect(unaddressed.error).toBe("A user without an e-mail address cannot have a password.\n");
    expect((await run(["user", "list", "--org", "1", "--json"])).out).toBe('{"users":[]}\n');
    await run([...CREATE, "--password-stdin"], "long enough");
    const taken = await run([...CREATE, "--password-stdin"], "long enough");
    expect(taken.error).toContain("There is already a user who logs in with ann@example.com.");
  });

  it("sets a password later, disables and enables; an unknown user is an error", async () => {
    await run(CREATE);
    expect((await run(["user", "password", "--org", "1", "--id", "1"], "long enough")).out).toBe(
      "User 1 of organization 1 has a new password.\n",
    );
    expect((await run(["user", "disable", "--org", "1", "--id", "1"])).out).toBe(
      "User 1 of organization 1 is disabled.\n",
    );
    expect((await run(["user", "list", "--org", "1", "--json"])).out).toContain('"disabled":true');
    expect((await run(["user", "enable", "--org", "1", "--id", "1", "--json"])).out).toBe(
      '{"id":1,"organization":1}\n',
    );
    for (const args of [["password"], ["disable"], ["enable"]]) {
      const { status, error } = await run(["user", ...args, "--org", "1", "--id", "99"], "long enough");
      expect([status, error]).toEqual([1, "There is no user 99 in organization 1.\n"]);
    }
  });

  it("ends as a process of its own: the thread that hashes holds nothing up", async () => {
    const args = [...CREATE, "--password-stdin", "--data-dir", folder];
    expect(await runProgram(args, "correct horse")).toMatchObject({ status: 0, error: "" });
  });
});

describe("assetmeter key rotate", () => {
  it("answers another key each time", async () => {
    const ids = [await run(["key", "rotate", "--json"]), await run(["key", "rotate", "--json"])].map(
      ({ out }) => JSON.parse(out).id,
    );
    expect(new Set(ids).size).toBe(2);
  });
});
