/**
 * How long the engine keeps memory that it has freed, set before its library is loaded: to be imported before anything that
 * loads it. The engine's own second takes the memory of one question away before the next one comes, which then waits for
 * the system to give it again, page by page. Of questions that need a hash table every eighth took 8 ms longer.
 *
 * The library's allocator (jemalloc) reads these options from the environment of the process once, as it is loaded; what is
 * there already comes after ours and wins.
 * @see https://jemalloc.net/jemalloc.3.html "opt.dirty_decay_ms", read 2026-12-01
 */
const KEPT_MS = 60_000;

const OPTIONS = "DUCKDB_JE_MALLOC_CONF";

const own = [`dirty_decay_ms:${KEPT_MS}`, `muzzy_decay_ms:${KEPT_MS}`];
const others = process.env[OPTIONS];
process.env[OPTIONS] = [...own, ...(others === undefined || others === "" ? [] : [others])].join(",");
