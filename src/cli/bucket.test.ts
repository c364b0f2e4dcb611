/** Buckets and repos from the command line, on a real data directory. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "./run-program.contract.ts";

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "assetmeter-bucket-"));
  await run("org create --name One");
  await run("space create --org 1 --name Site --id 5");
  await run("space create --org 1 --name Shop --id 6");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (words: string) => runCommand([...words.split(" "), "--data-dir", folder]);
const runJson = async (words: string): Promise<unknown> => JSON.parse((await run(`${words} --json`)).out);

const REPO = { id: "r", organization: 1, name: "Media", space: 5 };
const BUCKET = {
  ...{ id: "b", organization: 1, name: "Images", space: 5, repo: "r" },
  ...{ storageType: "S3", storageName: "acme", region: "eu-1", endpoint: "https://s3.example.com" },
};
const CREATE_BUCKET =
  "bucket create --org 1 --name Images --id b --space 5 --repo r " +
  "--storage-type S3 --storage-name acme --region eu-1 --endpoint https://s3.example.com";

describe("assetmeter repo", () => {
  it("creates, lists, changes and deletes repos, for people and as JSON", async () => {
    expect(await runJson("repo create --org 1 --name Media --id r --space 5")).toEqual(REPO);
    expect((await run("repo create --org 1 --name Other")).out).toMatch(
      /^Repo [0-9a-f-]{36} of organization 1 is created\.\n$/,
    );
    await run(CREATE_BUCKET);
    expect(await runJson("repo list --org 1")).toEqual({
      repos: [
        { ...REPO, buckets: 1 },
        { id: expect.any(String), organization: 1, name: "Other", space: null, buckets: 0 },
      ],
    });
    expect(await runJson("repo update --org 1 --id r --name Pictures")).toEqual({ ...REPO, name: "Pictures" });
    expect((await run("repo update --org 1 --id r --space none")).out).toBe("Repo r of organization 1 is changed.\n");
    expect((await run("repo list --org 1")).out).toMatch(/Pictures +- +1\n/);
    expect((await run("repo delete --org 1 --id r")).out).toBe("Repo r of organization 1 is deleted.\n");
    expect(await runJson("repo list --org 1")).toMatchObject({ repos: [{ name: "Other" }] });
    expect(await runJson("bucket list --org 1")).toEqual({ buckets: [{ ...BUCKET, repo: null }] });
  });

  it("ends with one sentence for a repo or space that is not there and for a name that is taken", async () => {
    await run("repo create --org 1 --name Media --id r");
    await run("repo create --org 1 --name Taken");
    const ends = [
      ["repo update --org 1 --id x --name y", "There is no repo x in organization 1.\n"],
      ["repo delete --org 2 --id r", "There is no repo r in organization 2.\n"],
      ["repo update --org 1 --id r --space 9", "There is no space 9.\n"],
      [
        "repo update --org 1 --id r --name Taken",
        'There is already a repo with the name "Taken". Choose another one.\n',
      ],
    ] as const;
    for (const [words, error] of ends) expect(await run(words)).toEqual({ status: 1, out: "", error });
  });
});

describe("assetmeter bucket", () => {
  beforeEach(() => run("repo create --org 1 --name Media --id r --space 5"));

  it("creates, lists, changes and deletes buckets, for people and as JSON", async () => {
    expect(await runJson(CREATE_BUCKET)).toEqual(BUCKET);
    expect((await run("bucket create --org 1 --name Plain --id p")).out).toBe(
      "Bucket p of organization 1 is created.\n",
    );
    expect((await run("bucket list --org 1")).out).toMatch(/b +1 +Images +5 +r +S3 +acme +eu-1 +https:/);
    expect(await runJson("bucket update --org 1 --id p --name Q --space 5 --repo r")).toMatchObject({
      ...{ name: "Q", space: 5, repo: "r", endpoint: "" },
    });
    expect(await runJson("bucket update --org 1 --id p --repo none")).toMatchObject({
      name: "Q",
      space: 5,
      repo: null,
    });
    expect(await runJson("bucket update --org 1 --id b --space 6")).toEqual({ ...BUCKET, space: 6, repo: null });
    expect(await runJson("bucket delete --org 1 --id b")).toEqual({ id: "b", organization: 1 });
    expect(await runJson("bucket list --org 1")).toMatchObject({ buckets: [{ id: "p" }] });
  });

  it("ends with one sentence for what is not there and for an endpoint that holds a credential", async () => {
    await run(CREATE_BUCKET);
    const ends = [
      ["bucket update --org 1 --id x --name y", "There is no bucket x in organization 1.\n"],
      ["bucket delete --org 2 --id b", "There is no bucket b in organization 2.\n"],
      ["bucket update --org 1 --id b --repo x", "There is no repo x.\n"],
    ] as const;
    for (const [words, error] of ends) expect(await run(words)).toEqual({ status: 1, out: "", error });
    const { status, out, error } = await run(
      "bucket update --org 1 --id b --endpoint https://key:hunter2@s3.example.com",
    );
    expect([status, out]).toEqual([1, ""]);
    expect(error).toMatch(/^A bucket's endpoint must be [^\n]+\.\n$/);
    expect(error).not.toContain("hunter2");
  });
});
