/**
 * `assetmeter verify`: breaks real servers on purpose and compares every total with the truth that it kept itself.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { AppError } from "../../platform/errors.ts";
import { type CommandContext, openAppFor, printJson, SaidError } from "../command-context.ts";
import { buildRandomNumbers } from "../demo/random-numbers.ts";
import { printTable } from "../print-table.ts";
import type { Extent, Scenario } from "./scenario.ts";
import {
  FAIL_AT_POINTS,
  KILL_A_CORRECTION,
  KILL_AT_POINTS,
  KILL_AT_RANDOM,
  KILL_IN_RETENTION,
  KILL_IN_UPKEEP,
} from "./scenarios/crashes.ts";
import { BACK_UP, CORRUPT_LOG, FILES_CANNOT_GROW, FULL_DISK, TORN_LOG, WRONG_CLOCK } from "./scenarios/machine.ts";
import { KILL_AN_IMPORT, LOSE_ANSWERS, REPEAT_SHUFFLED, STOP_IN_STREAM } from "./scenarios/senders.ts";
import { buildTrial } from "./trial.ts";
import { addDifferences, type Difference, NO_DIFFERENCE } from "./truth.ts";

/** Every scenario, in the order of the table. */
export const SCENARIOS: readonly Scenario[] = [
  KILL_AT_RANDOM,
  KILL_AT_POINTS,
  KILL_IN_UPKEEP,
  KILL_IN_RETENTION,
  FAIL_AT_POINTS,
  KILL_A_CORRECTION,
  LOSE_ANSWERS,
  REPEAT_SHUFFLED,
  STOP_IN_STREAM,
  KILL_AN_IMPORT,
  FULL_DISK,
  FILES_CANNOT_GROW,
  TORN_LOG,
  CORRUPT_LOG,
  WRONG_CLOCK,
  BACK_UP,
];

type VerifyOptions = { readonly quick?: boolean; readonly only?: string; readonly json?: boolean };

/** What became of one scenario. `skipped`: why it did not run here. */
export type Outcome = Difference & {
  readonly scenario: string;
  readonly rounds: number;
  readonly events: number;
  readonly found: string;
};

/** Builds the command. It ends with status 1 when one event was lost, counted twice or counted wrongly. */
export function buildVerifyCommand(context: CommandContext): Command {
  return new Command("verify")
    .description("Break real servers on purpose, in a directory of its own, and compare every total with the truth.")
    .option("--quick", "the short form, about a minute")
    .option("--only <text>", "only scenarios with this in their name")
    .option("--json", "print JSON on stdout and nothing else there")
    .addHelpText("after", "\nExample:\n  $ assetmeter verify --quick")
    .action(async (options: VerifyOptions) => {
      const outcomes = await verify(context, options);
      if (options.json) printJson(context.terminal, { outcomes });
      else context.terminal.writeOut(printTable(outcomes));
      const bad = outcomes.filter(
        ({ lost, doubled, wrong, found }) => lost + doubled + wrong > 0 || found.startsWith("FAILED"),
      );
      if (bad.length === 0) return;
      context.terminal.writeError(`Not as promised: ${bad.map(({ scenario }) => scenario).join(", ")}.\n`);
      throw new SaidError("not as promised");
    });
}

/** Scenarios that run at the same time: half of each is waiting for a disk, a start or an end. */
const LANES = 2;

async function verify(context: CommandContext, options: VerifyOptions): Promise<readonly Outcome[]> {
  const extent: Extent = options.quick ? "quick" : "full";
  const chosen = SCENARIOS.filter(
    ({ name, rounds }) => rounds[extent] > 0 && (options.only === undefined || name.includes(options.only)),
  );
  // Nothing lost in no scenario at all would prove nothing.
  if (chosen.length === 0) {
    const names = SCENARIOS.filter(({ rounds }) => rounds[extent] > 0).map(({ name }) => name);
    const form = options.quick ? "The short form" : "verify";
    throw new AppError(
      "request/invalid",
      `${form} has no scenario with ${options.only} in its name: ${names.join(", ")}.`,
    );
  }
  const outcomes = new Map<Scenario, Outcome>();
  // Each lane takes the next one that no lane has taken. A lane that fails ends the generator for all of them.
  const left = (function* () {
    yield* chosen;
  })();
  const runNext = async (): Promise<void> => {
    for (const scenario of left) {
      context.terminal.writeError(`${scenario.name}: ${scenario.what} …\n`);
      const outcome = await runScenario(scenario, extent, SCENARIOS.indexOf(scenario) + 1, context);
      outcomes.set(scenario, outcome);
      const { rounds, lost, doubled, wrong, found } = outcome;
      context.terminal.writeError(
        `${scenario.name}: ${rounds} rounds, ${lost} lost, ${doubled} doubled, ${wrong} wrong: ${found}\n`,
      );
    }
  };
  await Promise.all(Array.from({ length: LANES }, runNext));
  return chosen.map((scenario) => outcomes.get(scenario) as Outcome);
}

async function runScenario(
  scenario: Scenario,
  extent: Extent,
  seed: number,
  context: CommandContext,
): Promise<Outcome> {
  const nothing = { scenario: scenario.name, rounds: 0, events: 0, ...NO_DIFFERENCE };
  const why = scenario.whyNot?.() ?? null;
  if (why !== null) return { ...nothing, found: `not run: ${why}` };
  const directory = mkdtempSync(join(tmpdir(), "assetmeter-verify-"));
  const { childEnvironment } = openAppFor(context, {});
  const trial = buildTrial({
    directory,
    startMs: context.clock.now(),
    random: buildRandomNumbers(seed),
    // What a server itself answers is usage too, and would have to be told apart from what is compared.
    environment: childEnvironment({
      ASSETMETER_METERS_OWN_TRAFFIC: "off",
      // Roll-ups trail the facts; here they are in the middle of it whenever something happens.
      ASSETMETER_TEST_ROLL_UP_FACTS_MIN: "100",
      ...scenario.settings,
    }),
  });
  let difference = NO_DIFFERENCE;
  const notes = new Set<string>();
  let rounds = 0;
  let undo: (() => void) | undefined;
  try {
    mkdirSync(directory, { recursive: true });
    undo = scenario.prepare?.(join(directory, "data"));
    if (!scenario.startsServer) await trial.start();
    for (; rounds < scenario.rounds[extent]; rounds++) {
      const { note, ...found } = await scenario.round(trial, rounds);
      if (note !== undefined && notes.size < 3) notes.add(note);
      difference = addDifferences(difference, found);
    }
  } catch (error) {
    notes.clear();
    notes.add(`FAILED in round ${rounds + 1}: ${(error as Error).message}`);
  } finally {
    const differing = trial.describeDiffering();
    if (differing !== null) notes.add(differing);
    await trial.dispose();
    undo?.();
    rmSync(directory, { recursive: true, force: true });
  }
  const found = notes.size === 0 ? "all counted once" : [...notes].join("; ");
  return { ...nothing, rounds, events: trial.sent.size, ...difference, found };
}
