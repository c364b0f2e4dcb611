/**
 * Starts the program, with what Node made of its sources the last time: without that, half of a start is stripping types and
 * compiling. bin/assetmeter.js starts this file too, in a Node that came along where its own is older than 24.
 */
import { enableCompileCache, flushCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// In the checkout and not in the system's temporary folder, where others could put code for us to run. Where it cannot be
// written nothing is kept. Node looks at the text of a file before it takes what was made of it.
enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/assetmeter", import.meta.url)));

// Only what is loaded from here on is kept, and by a process that is killed only what was kept by now.
const { runProcess } = await import("./process.ts");
flushCompileCache();

await runProcess();
