/**
 * argv to the command line, and the process around it: pipes that close, a parent that ends, an exit status.
 */
import { openApp } from "./app.ts";
import { runCli } from "./cli/run-cli.ts";
import { isStartedByNpm } from "./config.ts";
import { systemClock } from "./platform/clock.ts";
import { watchParent } from "./platform/watch-parent.ts";

/** Runs what the arguments of this process say, to its end. */
export async function runProcess(): Promise<void> {
  // A reader that has seen enough (`assetmeter query | head -1`) closes the pipe; that is no error of ours.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });

  // npm ends at SIGTERM without passing it on (seen with npm 11.19): a server would live on and hold its data directory.
  if (isStartedByNpm()) watchParent(() => process.kill(process.pid, "SIGTERM"));

  // Not process.exit(): it would cut what is still on its way to a pipe.
  process.exitCode = await runCli(process.argv.slice(2), {
    openApp,
    clock: systemClock,
    terminal: {
      writeOut: (text) => process.stdout.write(text),
      writeError: (text) => process.stderr.write(text),
      errorIsTerminal: process.stderr.isTTY === true,
      stdin: process.stdin,
    },
  });
  // A command that has failed reads no further; a pipe whose writer is silent would keep the process until it ends.
  process.stdin.unref?.();
}
