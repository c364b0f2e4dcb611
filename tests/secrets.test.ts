/**
 * What logs carry and nobody may keep: after taking lines of every format in, good ones and bad ones, no secret is found
 * in any file of the data directory, nor in what the program writes.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../src/cli/run-program.contract.ts";
import { LINE_FORMATS } from "../src/sources/access-log/formats.ts";

const SECRET = "SECRETSECRET";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-secrets-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Lines of a format's sample with secrets in queries, headers, referrers, agents and clients; some of them damaged. */
function withSecrets(sample: string): readonly string[] {
  const signed = sample
    .replace(/\?(v=3|w=200|x-id=GetObject)/g, `?X-Amz-Signature=${SECRET}&token=${SECRET}`)
    .replace(/192\.0\.2\.(17|0)/g, SECRET)
    .replaceAll("(removed on arrival)", `Bearer ${SECRET}`)
    .replaceAll("Demo/1.0", SECRET)
    .replaceAll("curl/8.5.0", SECRET)
    .replaceAll("https://www.example.com/", `https://www.example.com/?key=${SECRET}`)
    .replaceAll('"Cookie":[]', `"Cookie":["session=${SECRET}"],"Authorization":["Basic ${SECRET}"]`);
  const withUser = signed.replace(" - - [", ` - ${SECRET} [`);
  return [withUser, signed, signed.slice(0, -20), signed.replace(/20(0|6)/g, "2x0"), signed.replaceAll("2026", "2999")];
}

/** Every file below a folder, as one text. */
function readAll(path: string): string {
  if (!statSync(path).isDirectory()) return readFileSync(path, "latin1");
  return readdirSync(path)
    .map((name) => readAll(join(path, name)))
    .join("\n");
}

/** What a command says, in which there is no secret. */
async function run(...args: readonly string[]): Promise<string> {
  const { status, out, error } = await runCommand(args);
  const isWarned = args[1] === "create" && args.includes("fastly-classic");
  expect([args, status, error]).toEqual([
    args,
    0,
    isWarned ? expect.stringMatching(/^Lines of fastly-classic .*\n$/) : "",
  ]);
  expect(out + error).not.toContain(SECRET);
  return out;
}

describe("secrets of logs", () => {
  it("reach neither the data directory nor the terminal, whatever the format and whether the line counts", async () => {
    const dataDir = join(folder, "data");
    mkdirSync(join(folder, "logs"));
    let received = 0;
    for (const { name, sample, header } of LINE_FORMATS.values()) {
      if (name === "cloudfront-realtime") continue;
      const head = header === "none" ? [] : sample.slice(0, -1).filter((line) => /^#|time_micros"/.test(line));
      const lines = sample.filter((line) => !head.includes(line)).flatMap(withSecrets);
      const log = join(folder, "logs", name);
      writeFileSync(log, `${[...head, ...lines, `${SECRET} nonsense`].join("\n")}\n`);
      // Under the second name every line is refused by a rule that asks for the user, and kept to be taken in again.
      const rules = [
        { match: { status: "400-999" }, set: { user: "{user}" } },
        { match: {}, ignore: true },
      ];
      writeFileSync(join(folder, "rules.json"), JSON.stringify(rules));
      const end = ["--data-dir", dataDir, "--json"];
      const refusing = ["create", `${name} refused`, "--format", name, "--rules", join(folder, "rules.json")];
      await run("source", ...refusing, ...end);
      for (const source of [name, `${name} refused`]) {
        const out = await run("import", log, "--source", source, "--format", name, ...end);
        received += (JSON.parse(out) as { received: number }).received;
      }
      await run("source", "replay", `${name} refused`, ...end);
    }
    expect(received).toBeGreaterThan(140);
    const stored = readAll(dataDir);
    // What may be kept is found, so what is not found is not there.
    expect(stored).toContain('"path":"/video/intro.mp4"');
    expect(stored).not.toContain(SECRET);
  });
});
