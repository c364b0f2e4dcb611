/**
 * Faults on purpose, for `assetmeter verify` and the tests: a server that kills itself or fails at a named point of a
 * commit, and one whose clock is wrong. Never set in earnest; only config.ts reads the variables that ask for them.
 */
import type { Clock } from "./platform/clock.ts";
import { AppError } from "./platform/errors.ts";
import { COMMIT_POINTS, type CommitPoint, UPKEEP_POINTS } from "./store/usage-store.ts";

/** The variables that ask for faults. */
export const FAULT_VARIABLES = {
  commit: "ASSETMETER_TEST_FAULT",
  clockOffsetMs: "ASSETMETER_TEST_CLOCK_OFFSET_MS",
  clockIsBelieved: "ASSETMETER_TEST_CLOCK_IS_BELIEVED",
  rollUpFactsMin: "ASSETMETER_TEST_ROLL_UP_FACTS_MIN",
  compactionRowsMin: "ASSETMETER_TEST_COMPACTION_ROWS_MIN",
  logBytesMax: "ASSETMETER_TEST_LOG_BYTES_MAX",
} as const satisfies { readonly [Field in keyof TestFaults]: string };

/** What a server is told to do wrong. */
export type TestFaults = {
  /** Kill this process, or fail the commit, at the n-th time that commits pass the point. Null: nothing. */
  readonly commit: { readonly does: "kill" | "fail"; readonly point: CommitPoint; readonly time: number } | null;
  /** After how many facts roll-ups are brought up to date; null for the store's own number. */
  readonly rollUpFactsMin: number | null;
  /** From how many rows on roll-ups are tidied up; null for the store's own numbers. */
  readonly compactionRowsMin: number | null;
  /** Bytes of the store's log from which on it is moved into the store's file; null for the store's own number. */
  readonly logBytesMax: number | null;
  /** Milliseconds that are added to the machine's clock; negative sets it back. */
  readonly clockOffsetMs: number;
  /** True where the clock is believed at once: what a server that has run for as long as it is set on would do. */
  readonly clockIsBelieved: boolean;
};

/** Nothing wrong: what every server in earnest has. */
export const NO_FAULTS: TestFaults = {
  commit: null,
  rollUpFactsMin: null,
  compactionRowsMin: null,
  logBytesMax: null,
  clockOffsetMs: 0,
  clockIsBelieved: false,
};

/** `kill` or `fail`, a point of a commit, and at the how-manieth time: `kill:raw:3`. */
const COMMIT_FAULT = /^(kill|fail):([a-z]+):([1-9][0-9]{0,5})$/;

/** The faults that variables ask for. Throws `config/invalid` for what nobody understands: a fault that does not happen proves nothing. */
export function parseTestFaults(variables: Readonly<Record<string, string | undefined>>): TestFaults {
  const problems: string[] = [];
  const parse = <Value>(field: keyof TestFaults, value: (text: string) => Value | null, rule: string): Value | null => {
    const name = FAULT_VARIABLES[field];
    const text = variables[name] ?? "";
    if (text === "") return null;
    const parsed = value(text);
    if (parsed === null) problems.push(`${name} is ${JSON.stringify(text)}: must be ${rule}`);
    return parsed;
  };
  const whole = (text: string): number | null => (/^[1-9][0-9]{0,12}$/.test(text) ? Number(text) : null);
  const minimum = "a whole number from 1 on";
  const faults = {
    commit: parse("commit", parseCommitFault, "kill or fail, a point of the store and a number, as in kill:raw:3"),
    rollUpFactsMin: parse("rollUpFactsMin", whole, minimum),
    compactionRowsMin: parse("compactionRowsMin", whole, minimum),
    logBytesMax: parse("logBytesMax", whole, minimum),
    clockOffsetMs: parse("clockOffsetMs", parseOffset, "a whole number of milliseconds") ?? 0,
    clockIsBelieved: parse("clockIsBelieved", (text) => (text === "1" ? true : null), "1") ?? false,
  };
  if (problems.length > 0) throw new AppError("config/invalid", problems.join("\n"));
  return faults;
}

function parseCommitFault(text: string): TestFaults["commit"] {
  const [, does, point, time] = COMMIT_FAULT.exec(text) ?? [];
  const known = [...COMMIT_POINTS, ...UPKEEP_POINTS].find((one) => one === point);
  return known === undefined ? null : { does: does === "kill" ? "kill" : "fail", point: known, time: Number(time) };
}

function parseOffset(text: string): number | null {
  return /^-?[0-9]{1,13}$/.test(text) ? Number(text) : null;
}

/** A function that the store calls at each point of a commit, or undefined where nothing is to happen. */
export function buildCommitFault({ commit }: TestFaults): ((point: CommitPoint) => void) | undefined {
  if (commit === null) return undefined;
  let left = commit.time;
  return (point) => {
    if (point !== commit.point || --left !== 0) return;
    // SIGKILL, because it cannot be handled: nothing is flushed, closed or said.
    if (commit.does === "kill") process.kill(process.pid, "SIGKILL");
    throw new Error(`Failed at ${point} because ASSETMETER_TEST_FAULT says so.`);
  };
}

/** The clock, wrong by as much as is asked. */
export function buildFaultyClock(clock: Clock, { clockOffsetMs }: TestFaults): Clock {
  return clockOffsetMs === 0 ? clock : { now: () => clock.now() + clockOffsetMs };
}
