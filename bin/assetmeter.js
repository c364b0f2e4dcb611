#!/usr/bin/env node
/**
 * Starts assetmeter with a Node that can run it. Plain JavaScript for Node 18 and later, because an older Node cannot
 * even parse src/main.ts: it would print a syntax error where one sentence should say what to install.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The first Node that strips types by itself and has what the program uses. */
const NODE_MAJOR_MIN = 24;

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
// A checkout runs its sources, so that a dist/ of yesterday is never run by mistake. The package has only dist/,
// because Node strips no types below node_modules.
const source = join(root, "src", "main.ts");
const main = existsSync(source) ? source : join(root, "dist", "main.js");

if (Number(process.versions.node.split(".")[0]) >= NODE_MAJOR_MIN) {
  process.argv[1] = main;
  await import(pathToFileURL(main).href);
} else {
  const newer = findNewerNode();
  if (newer === null) {
    process.stderr.write(
      `assetmeter needs Node ${NODE_MAJOR_MIN} or later and this is ${process.version}: install it from https://nodejs.org.\n`,
    );
    process.exitCode = 1;
  } else runWith(newer);
}

/** The Node that came with the optional packages, or null: they exist for Linux on two processors. */
function findNewerNode() {
  try {
    const require = createRequire(import.meta.url);
    const manifest = require.resolve(`node-${process.platform}-${process.arch}/package.json`);
    const node = join(dirname(manifest), "bin", "node");
    return existsSync(node) ? node : null;
  } catch {
    // Not installed: another system, or npm was told to leave out optional packages.
    return null;
  }
}

/** Runs the program in another Node as if it were this process: same terminal, same signals, same exit status. */
function runWith(node) {
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (status, signal) => {
    // 128 and the signal's number is what a shell reports; 15 stands for those that are rarely sent.
    process.exitCode = status ?? 128 + ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9 }[signal] ?? 15);
  });
  child.on("error", (error) => {
    process.stderr.write(`assetmeter cannot start ${node}: ${error.message}.\n`);
    process.exitCode = 1;
  });
}
