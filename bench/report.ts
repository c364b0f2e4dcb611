/**
 * Measured figures and the page that shows them. Times are medians; ratios come from one run, because the machine's
 * other work changes times more than ratios.
 */
import { cpus, release, totalmem } from "node:os";

/** A part of the page: one table and what has to be known to read it. */
export type Section = {
  readonly title: string;
  readonly notes: readonly string[];
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
};

/** The value in the middle; of an even number the lower one. NaN of none. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The smallest value that `percent` of all values do not pass. NaN of none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** Milliseconds that `work` takes. */
export async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/**
 * Works for some 9 ms on the machine of RESULTS.md, in registers alone: no memory, no disk, no other thread. What this takes longer
 * now and then is the machine's doing, and so is as much of everything else that is measured in turn with it.
 */
export function workInRegisters(): number {
  let value = 1;
  for (let step = 0; step < REGISTER_STEPS; step++) value = (Math.imul(value, 1_664_525) + 1_013_904_223) | 0;
  return value;
}

const REGISTER_STEPS = 6_000_000;

/** 12,345 */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** 12.3 ms, 1,234 ms */
export function formatMs(value: number): string {
  return `${value < 100 ? value.toFixed(1) : formatCount(value)} ms`;
}

/** 123 MB */
export function formatMegabytes(bytes: number): string {
  return `${formatCount(bytes / 1_000_000)} MB`;
}

/** The machine in a line. */
export function describeMachine(): string {
  const [cpu] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores (${cpu?.model.trim()}), ${gigabytes} GiB, Linux ${release()}, Node ${process.versions.node}`;
}

/** The whole page. `date` is ISO-8601. */
export function printReport(sections: readonly Section[], date: string, command: string): string {
  const parts = sections.map(({ title, notes, columns, rows }) => {
    const table = [columns, columns.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
    return `## ${title}\n\n${notes.join("\n")}\n\n${table}\n`;
  });
  const head = `# Measured\n\nWritten by \`${command}\` on ${date}.\nMachine: ${describeMachine()}; other work may have run beside it.\nTimes are medians unless a column says otherwise; ratios compare two figures of the same run.\nWhat the goals are, and which are missed and why: [GOALS.md](GOALS.md).\n`;
  return `${head}\n${parts.join("\n")}`;
}
