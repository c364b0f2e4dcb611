/**
 * An order of export -> a file that is under its name only when it is whole. The store writes it; what is in it is not
 * known here.
 */
import { constants } from "node:fs";
import { type FileHandle, link, lstat, open, rename, rm } from "node:fs/promises";
import type { ExportOrder, ExportSummary } from "./model/operations.ts";
import { formatTime } from "./model/time-range.ts";
import { AppError } from "./platform/errors.ts";
import type { UsageStore } from "./store/usage-store.ts";

/** Facts of every organization are for nobody but the user that the server runs as. */
const FILE_MODE = 0o600;

/** What a disk without hard links (exFAT, some network disks) answers to one. */
const NO_HARD_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/** Builds the export of a store's facts; Operations.exportUsage says what it promises. */
export function buildFactExport(
  store: Pick<UsageStore, "exportFacts" | "readKeptFrom">,
): (order: ExportOrder) => Promise<ExportSummary> {
  const running = new Set<string>();
  return async (order) => {
    if (order.startMs >= order.endMs) throw new AppError("query/invalid", "The end must be later than the start.");
    await assertKept(store, order);
    // Before the work: writing a hundred million facts to be told that the name is taken would be a pity.
    if (await isThere(order.file)) throw buildTaken(order.file);
    const partial = `${order.file}.partial`;
    if (running.has(partial)) throw new AppError("catalog/conflict", `${order.file} is being written already.`);
    running.add(partial);
    try {
      return await writeWhole(store, order, partial);
    } finally {
      running.delete(partial);
    }
  };
}

async function writeWhole(
  store: Pick<UsageStore, "exportFacts" | "readKeptFrom">,
  order: ExportOrder,
  partial: string,
): Promise<ExportSummary> {
  // Nobody here writes it, so a process that was killed has left it.
  await rm(partial, { force: true }).catch(refuse(order.file));
  const created = await open(partial, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, FILE_MODE).catch(
    refuse(order.file),
  );
  try {
    const rows = await store.exportFacts({ ...order, file: partial });
    // What retention has dropped since the first look may be missing in the file.
    await assertKept(store, order);
    if (!(await isStillAt(created, partial))) throw buildTaken(partial);
    // The name must not be on the disk before the bytes are.
    await created.sync();
    const { size } = await created.stat();
    await giveName(partial, order.file);
    return { file: order.file, rows, bytes: size };
  } finally {
    if (await isStillAt(created, partial)) await rm(partial, { force: true });
    await created.close();
  }
}

/** Both ways leave alone what is there: a rename alone would replace a file that has come meanwhile. */
async function giveName(partial: string, file: string): Promise<void> {
  try {
    await link(partial, file);
  } catch (error) {
    if (!NO_HARD_LINKS.includes((error as NodeJS.ErrnoException).code ?? "")) return refuse(file)(error);
    await (await open(file, "wx", FILE_MODE).catch(refuse(file))).close();
    await rename(partial, file);
  }
}

async function assertKept(store: Pick<UsageStore, "readKeptFrom">, { startMs }: ExportOrder): Promise<void> {
  const { usage_raw: keptFromMs } = await store.readKeptFrom();
  if (keptFromMs === undefined || startMs >= keptFromMs) return;
  throw new AppError("query/invalid", `Single facts are kept only from ${formatTime(keptFromMs)} on.`);
}

/** Also true of a link to a file that is not there: the file would be made where nobody asked for it. */
async function isThere(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

/** False when another process has put a file of its own in the place of the one that was created. */
async function isStillAt(created: FileHandle, path: string): Promise<boolean> {
  const own = await created.stat();
  return lstat(path).then(
    ({ dev, ino }) => dev === own.dev && ino === own.ino,
    () => false,
  );
}

const buildTaken = (file: string) => new AppError("catalog/conflict", `${file} is there already.`);

/** What the file system says of a path that an operator has named, as an answer to the operator. */
function refuse(file: string): (error: unknown) => never {
  return (error) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw buildTaken(file);
    throw new AppError("request/invalid", `${file} cannot be written (${code ?? "unknown reason"}).`, { cause: error });
  };
}
