/**
 * Delivery of one file over kept-alive connections, with everything that our server does beside sending (look-up in the
 * catalogue, headers, metering), against a bare server with the same plugin. In turns, in one run.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { formatCount, median, type Section } from "./report.ts";
import { readProcessorMs, startServer } from "./server-process.ts";

/** Sizes of a run. */
export type DeliverySizes = {
  readonly fileBytes: number;
  /** Requests of one turn of one server. */
  readonly requests: number;
  /** Turns of each server; the ratio is the middle one of the turns' ratios. */
  readonly turns: number;
};

const CONNECTIONS = 4;
const NAME = "file.bin";

/** Runs the benchmark. */
export async function benchDelivery({ fileBytes, requests, turns }: DeliverySizes): Promise<Section> {
  const content = Buffer.alloc(fileBytes, "assetmeter");
  const folder = mkdtempSync(join(tmpdir(), "assetmeter-bare-"));
  writeFileSync(join(folder, NAME), content);
  const server = await startServer();
  const bare = await startBare(folder);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  try {
    const ours = await upload(server, content);
    const theirs = `${bare.url}/${NAME}`;
    const rates: { readonly ours: number; readonly theirs: number }[] = [];
    await Promise.all([getAll(ours, requests / 10, agent), getAll(theirs, requests / 10, agent)]);
    const before = { ours: server.processorMs(), theirs: readProcessorMs(bare.process) };
    for (let turn = 0; turn < turns; turn++) {
      // Whoever begins has a machine that was at rest: each begins every other time.
      const first = turn % 2 === 0 ? ours : theirs;
      const [a, b] = [await rate(first, requests, agent), await rate(first === ours ? theirs : ours, requests, agent)];
      rates.push(first === ours ? { ours: a, theirs: b } : { ours: b, theirs: a });
    }
    const oursMs = (server.processorMs() - before.ours) / (turns * requests);
    const theirsMs = (readProcessorMs(bare.process) - before.theirs) / (turns * requests);
    const show = (perS: number) => `${formatCount(perS)} (${formatCount((perS * fileBytes) / 1_000_000)} MB/s)`;
    return {
      title: "Delivery of a file",
      notes: [
        `A file of ${formatCount(fileBytes)} bytes over ${CONNECTIONS} kept-alive connections, ${formatCount(requests)} requests a turn, ${turns} turns`,
        "each, in turns; the client runs on the same cores. Ours with metering on, the bare server with @fastify/send.",
        "Processor time is that of all threads, metering included, and depends less on what else the machine does.",
      ],
      columns: ["what", "files per second"],
      rows: [
        ["this server", show(median(rates.map((turn) => turn.ours)))],
        ["bare server, same plugin", show(median(rates.map((turn) => turn.theirs)))],
        ["ratio", median(rates.map((turn) => turn.ours / turn.theirs)).toFixed(2)],
        ["processor time for a file, this server", `${oursMs.toFixed(2)} ms`],
        ["… bare server", `${theirsMs.toFixed(2)} ms`],
      ],
    };
  } finally {
    agent.destroy();
    bare.process.kill();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startBare(folder: string): Promise<{ readonly url: string; readonly process: ChildProcess }> {
  const script = join(import.meta.dirname, "bare-delivery.ts");
  const child = spawn(process.execPath, [script, folder], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const url of createInterface({ input: child.stdout })) return { url, process: child };
  throw new Error("The bare server ended before it answered.");
}

/** Uploads the file as a client does; answers its address. */
async function upload(
  { url, token }: { readonly url: string; readonly token: string },
  content: Buffer,
): Promise<string> {
  const signed = await fetch(`${url}/v1/spaces/1/assets`, {
    method: "POST",
    headers: { authorization: token, "content-type": "application/json" },
    body: JSON.stringify({ filename: NAME }),
  });
  const { fields, post_url, public_url } = (await signed.json()) as {
    readonly fields: Record<string, string>;
    readonly post_url: string;
    readonly public_url: string;
  };
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", new Blob([new Uint8Array(content)]), NAME);
  const { status } = await fetch(post_url, { method: "POST", body: form });
  if (status !== 204) throw new Error(`The upload was answered with ${status}.`);
  return public_url;
}

async function rate(url: string, requests: number, agent: Agent): Promise<number> {
  const start = performance.now();
  await getAll(url, requests, agent);
  return (requests / (performance.now() - start)) * 1000;
}

async function getAll(url: string, requests: number, agent: Agent): Promise<void> {
  let left = Math.ceil(requests);
  const worker = async (): Promise<void> => {
    while (left-- > 0) await get(url, agent);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
}

function get(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`A file was answered with ${response.statusCode}.`));
      response.on("end", resolve).on("error", reject).resume();
    });
    sent.on("error", reject).end();
  });
}
