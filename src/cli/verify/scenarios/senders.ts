/**
 * Senders that do what senders do: lose the answer, send again, send out of order, break off; and a server that is told
 * to stop in the middle.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { Scenario } from "../scenario.ts";
import { type KnownEvent, toCloudEvent } from "../traffic.ts";

/** The client goes away before the answer. */
export const LOSE_ANSWERS: Scenario = {
  name: "answers lost",
  what: "the connection is cut after the batch was sent; the batch is sent again",
  rounds: { quick: 5, full: 50 },
  async round(trial) {
    await Promise.all([1, 2, 3, 4].map(() => trial.send(trial.make(40), true)));
    await trial.sendOpen();
    return trial.check();
  },
};

/** The same events in other batches and orders from eight clients. */
export const REPEAT_SHUFFLED: Scenario = {
  name: "8 clients, same events, other batches",
  what: "each sends all events in an order and in batches of its own, at once",
  rounds: { quick: 3, full: 20 },
  async round(trial) {
    const events = trial.make(400);
    const client = async (): Promise<void> => {
      const own = shuffle(events, (max) => trial.random.whole(0, max));
      for (let at = 0; at < own.length; ) {
        const length = trial.random.whole(1, 120);
        await trial.send(own.slice(at, at + length));
        at += length;
      }
    };
    await Promise.all(Array.from({ length: 8 }, client));
    await trial.sendOpen();
    return trial.check();
  },
};

function shuffle(events: readonly KnownEvent[], draw: (max: number) => number): KnownEvent[] {
  const order = [...events];
  for (let last = order.length - 1; last > 0; last--) {
    const other = draw(last);
    [order[last], order[other]] = [order[other] as KnownEvent, order[last] as KnownEvent];
  }
  return order;
}

/** A long stream, and the signal to stop in the middle of it. */
export const STOP_IN_STREAM: Scenario = {
  name: "SIGTERM in the middle of a stream",
  what: "NDJSON is on its way when the server is told to stop; the stream is sent again",
  rounds: { quick: 1, full: 10 },
  settings: { ASSETMETER_BATCH_RECORDS_MAX: "400" },
  async round(trial) {
    const lines = trial.make(4_000).map((event) => `${JSON.stringify(toCloudEvent(event))}\n`);
    const post = (body: string | Readable) =>
      trial.ask(`${trial.server().url}/usage/v1/events`, { method: "POST", type: "application/x-ndjson", body });
    const server = trial.server();
    let stopped: Promise<void> = Promise.resolve();
    async function* cut(): AsyncGenerator<string> {
      yield lines.slice(0, 2_000).join("");
      await delay(trial.random.whole(10, 150));
      // From here on the server is told to stop, and half of the stream has not been sent.
      stopped = server.end("SIGTERM");
      for (let at = 2_000; at < lines.length; at += 100) {
        yield lines.slice(at, at + 100).join("");
        await delay(5);
      }
    }
    const first = await post(Readable.from(cut()));
    await stopped;
    await trial.start();
    const again = await post(lines.join(""));
    if (again?.status !== 200) throw new Error(`The stream was not taken: ${again?.text ?? "no answer"}`);
    return { ...(await trial.check()), note: `first answer ${first?.status ?? "none"}` };
  },
};

/** An import that dies and runs again. */
export const KILL_AN_IMPORT: Scenario = {
  name: "import killed and run again",
  what: "SIGKILL while a log of 20,000 lines is read; the same command again",
  rounds: { quick: 1, full: 10 },
  async round(trial, number) {
    const log = join(trial.dataDir, `../access-${number}.log`);
    const address = (n: number) => `10.${number % 256}.${(n >> 8) & 255}.${n & 255}`;
    const line = (n: number) =>
      `${address(n)} - - [01/Feb/2026:0${n % 10}:00:00 +0000] "GET /a${n % 50}.jpg HTTP/1.1" 200 ${1000 + n} "-" "-"\n`;
    writeFileSync(log, Array.from({ length: 20_000 }, (_, n) => line(n)).join(""));
    await trial.end("SIGTERM");
    const args = ["import", log, "--source", `log ${number}`, "--json"];
    const { child, ended } = trial.startCommand(args);
    await delay(trial.random.whole(300, 1_500));
    child.kill("SIGKILL");
    await ended;
    const { status, error } = await trial.run(args);
    if (status !== 0) throw new Error(`The import failed: ${error}`);
    await trial.start();
    const range = "start=2026-02-01&end=2026-02-02";
    const answer = await trial.ask(`${trial.server().url}/usage/v1/query?metric=requests,bytes_out&${range}`, {
      method: "GET",
    });
    const { requests, bytes_out: bytes } = JSON.parse(answer?.text ?? "").rows[0].values;
    const more = requests - 20_000 * (number + 1);
    // 20,000 × 1,000 and the sum of 0 … 19,999.
    const wrong = more === 0 && bytes !== (20_000_000 + 199_990_000) * (number + 1) ? 1 : 0;
    const own = await trial.check();
    return { lost: own.lost + Math.max(0, -more), doubled: own.doubled + Math.max(0, more), wrong: own.wrong + wrong };
  },
};
