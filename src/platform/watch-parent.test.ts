import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";

const MODULE = new URL("./watch-parent.ts", import.meta.url).href;

/** A program that says when its parent has ended, and ends itself then. */
const CHILD = `
  import { watchParent } from ${JSON.stringify(MODULE)};
  const alive = setInterval(() => {}, 1000);
  watchParent(() => { console.log("parent ended"); clearInterval(alive); });
  console.log("watching");
`;

/** A parent that starts that program, hands its output on and lives until it is killed. */
const PARENT = `
  import { spawn } from "node:child_process";
  spawn(process.execPath, ["--input-type=module", "-e", ${JSON.stringify(CHILD)}], { stdio: ["ignore", 1, 2] });
  setInterval(() => {}, 1000);
`;

describe("watchParent", () => {
  it("notices that its parent was killed, and not before", async () => {
    const parent = spawn(process.execPath, ["--input-type=module", "-e", PARENT], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const output = parent.stdout.setEncoding("utf8");
    const [first] = await once(output, "data");
    expect(first).toBe("watching\n");
    parent.kill("SIGKILL");
    const [second] = await once(output, "data");
    expect(second).toBe("parent ended\n");
  });
});
