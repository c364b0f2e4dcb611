/**
 * One trial: a data directory, the server on it, the events that were sent, and which of them were answered. What the
 * scenarios are written with.
 */

import { Agent } from "node:http";
import { join } from "node:path";
import type { RandomNumbers } from "../demo/random-numbers.ts";
import { findLiveServer } from "../server-file.ts";
import { ask, type ServerUnderTest, startProgram, startServer } from "./server-under-test.ts";
import { buildEvent, type KnownEvent, toCloudEvent } from "./traffic.ts";
import {
  type AnsweredRow,
  addDifferences,
  buildTotalQuery,
  buildTruthQuery,
  compare,
  type Difference,
  EVERY_FACT,
  NO_DIFFERENCE,
  type TruthQuestion,
} from "./truth.ts";

const BATCH_TYPE = "application/cloudevents-batch+json";

/** What a trial is made with. */
export type TrialOptions = {
  readonly directory: string;
  readonly startMs: number;
  readonly random: RandomNumbers;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/** Builds a trial; `start` starts its server. */
export function buildTrial(options: TrialOptions) {
  const { startMs, random } = options;
  const dataDir = join(options.directory, "data");
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  /** Every event that was sent in earnest: each of them counts once in the end. */
  const sent = new Map<string, KnownEvent>();
  /** Batches that no answer came for. */
  let open: KnownEvent[][] = [];
  let next = 0;
  let token = "";
  let server: ServerUnderTest | null = null;
  let restarts = 0;
  /** Roll-ups that were not what the raw rows say, with the number of measures that differed. */
  const differing = new Map<string, number>();

  const trial = {
    dataDir,
    random,
    sent,
    /** The running server; throws where none was started. */
    server(): ServerUnderTest {
      if (server === null) throw new Error("No server runs.");
      return server;
    },
    token: () => token,
    restarts: () => restarts,

    /** Asks with the trial's token. */
    ask: (url: string, request: Omit<Parameters<typeof ask>[1], "token">) => ask(url, { ...request, token }),

    /** Starts the server, with faults or settings of this start. */
    async start(more: Readonly<Record<string, string>> = {}, fileBlocksMax: number | null = null): Promise<void> {
      const environment = { ...options.environment, ...more };
      server = await startServer({ dataDir, environment, fileBlocksMax });
      token = server.createdToken ?? token;
      restarts += 1;
    },

    /** Ends it: by SIGKILL unless told otherwise. */
    async end(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
      await server?.end(signal);
      server = null;
    },

    /** Runs another command on the same directory to its end; answers its exit status and output. */
    async run(
      args: readonly string[],
    ): Promise<{ readonly status: number | null; readonly out: string; readonly error: string }> {
      const { written, ended } = startProgram([...args, "--data-dir", dataDir], {
        dataDir,
        environment: options.environment,
      });
      const [status] = (await ended) as [number | null];
      return { status, ...written };
    },
    startCommand: (args: readonly string[]) =>
      startProgram([...args, "--data-dir", dataDir], { dataDir, environment: options.environment }),

    /** New events, remembered as the truth. */
    make(count: number): KnownEvent[] {
      const events = Array.from({ length: count }, () => buildEvent(next++, startMs));
      for (const event of events) sent.set(event.id, event);
      return events;
    },

    /** Sends a batch; one without a good answer waits to be sent again. Answers the status, 0 for no answer. */
    async send(events: KnownEvent[], abortAfterSend = false): Promise<number> {
      const answer = await ask(`${trial.server().url}/usage/v1/events`, {
        method: "POST",
        token,
        type: BATCH_TYPE,
        body: JSON.stringify(events.map(toCloudEvent)),
        agent,
        abortAfterSend,
      });
      const counted = answer?.status === 200 && JSON.parse(answer.text).rejected === 0;
      if (!counted) open.push(events);
      return answer?.status ?? 0;
    },

    /** Sends from several clients at once until `until` resolves; every one sends the next when it was answered. */
    async flood(clients: number, batch: number, until: Promise<unknown>): Promise<void> {
      let isOver = false;
      void until.then(() => {
        isOver = true;
      });
      const client = async (): Promise<void> => {
        while (!isOver && trial.server().isAlive()) if ((await trial.send(trial.make(batch))) === 0) return;
      };
      await Promise.all(Array.from({ length: clients }, client));
    },

    /** Sends everything again that no answer came for; what fails again is left for the next time. */
    async sendOpen(): Promise<void> {
      const again = open;
      open = [];
      for (const events of again) await trial.send(events);
    },
    openBatches: () => open.length,
    /** Events that were answered as counted. */
    answered: () => sent.size - open.reduce((events, batch) => events + batch.length, 0),

    /** How many events the server says that it counts; null where it does not answer. */
    async askTotal(): Promise<number | null> {
      const query = buildTotalQuery(startMs);
      const answer = await trial.ask(`${trial.server().url}/usage/v1/query?${query}`, { method: "GET" });
      if (answer?.status !== 200) return null;
      return (JSON.parse(answer.text) as { rows: AnsweredRow[] }).rows[0]?.values.requests ?? 0;
    },

    /** Asks the server what only its operator may, as the commands do that go through it; throws where it refuses. */
    async askOperator(path: string): Promise<unknown> {
      const { secret = "" } = (await findLiveServer(dataDir)) ?? {};
      const answer = await ask(`${trial.server().url}${path}`, { method: "POST", token: secret });
      if (answer?.status !== 200) throw new Error(`${path} was not answered: ${answer?.text ?? "no answer"}`);
      return JSON.parse(answer.text);
    },

    /** Asks the server one question about everything and compares the answer with the truth. */
    async compareAnswer(question: TruthQuestion, truth: Iterable<KnownEvent> = sent.values()): Promise<Difference> {
      const query = buildTruthQuery(startMs, question);
      const answer = await trial.ask(`${trial.server().url}/usage/v1/query?${query}`, { method: "GET" });
      if (answer?.status !== 200) throw new Error(`The server does not answer: ${answer?.text ?? "no answer"}`);
      return compare(truth, (JSON.parse(answer.text) as { rows: AnsweredRow[] }).rows, question);
    },

    /** Asks the server for everything and compares it with the truth, and every roll-up with the raw rows. */
    async check(truth: Iterable<KnownEvent> = sent.values()): Promise<Difference> {
      const found = await trial.compareAnswer(EVERY_FACT, truth);
      // What `assetmeter rebuild` asks, without a process for it.
      const { differences } = (await trial.askOperator("/usage/v1/rebuild")) as {
        differences: readonly { readonly table: string }[];
      };
      for (const { table } of differences) differing.set(table, (differing.get(table) ?? 0) + 1);
      return addDifferences(found, { ...NO_DIFFERENCE, wrong: differences.length });
    },

    /** The roll-ups that a check found wrong so far, as a sentence; null where it found none. */
    describeDiffering(): string | null {
      if (differing.size === 0) return null;
      const tables = [...differing].map(([table, measures]) => `${table} (${measures} measures)`);
      return `not as the raw rows say: ${tables.join(", ")}`;
    },

    async dispose(): Promise<void> {
      agent.destroy();
      await trial.end();
    },
  };
  return trial;
}

/** A trial; see buildTrial. */
export type Trial = ReturnType<typeof buildTrial>;
