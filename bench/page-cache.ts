/**
 * Drops a file from the system's page cache, again and again, from a small process: to start one each time would copy the page
 * table of the process that is measured, which then pays for every page that it writes to.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Asks the kernel to forget the pages of one file. */
export interface PageCache {
  /** False where dd cannot. */
  drop(): Promise<boolean>;
  close(): void;
}

/** What the small process does for each line that it reads: dd asks for it without writing (posix_fadvise), which anybody may. */
const LOOP = 'while read -r _; do dd of="$0" oflag=nocache conv=notrunc,fdatasync count=0 status=none; echo $?; done';

/** Starts the process. To be called while this one is small. */
export function openPageCache(file: string): PageCache {
  const child = spawn("sh", ["-c", LOOP, file], { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    drop: async () => {
      child.stdin.write("\n");
      return (await answers.next()).value === "0";
    },
    close: () => child.stdin.end(),
  };
}
