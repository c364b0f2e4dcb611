/**
 * The bytes of a log -> the same bytes for a server, with NULs in between while nothing comes. A server ends a request whose
 * body is silent for 30 s, as its sender may have gone (http/idle-bodies.ts); a pipe may be silent for as long as it likes.
 * One request, and not one for each part: lines without an id are known by how often they have come in the same log.
 */

/** How long nothing is sent, in ms: a third of what a server waits. */
const SILENCE_MS_MAX = 10_000;

/** Before a line a NUL is no part of it, in any format, and neither is it a line (sources/cut-lines.ts). */
const FILLING = Uint8Array.of(0);

/** As many bytes as it takes to tell packed logs from plain ones. */
const MAGIC_BYTES_MAX = 4;

/**
 * The longest line that is held back until it is over, in bytes: as long as any line may be. Of a longer one no more than what
 * has come is sent, and then it may not be silent.
 */
const LINE_BYTES_MAX = 4 * 1024 * 1024;

const LINE_END = 0x0a;

/**
 * Resolves with the body when its first bytes have come, so that nobody waits for them in a request. Packed logs pass as they
 * are: they have no place where something could stand in between.
 */
export async function keepAlive(
  bytes: AsyncIterable<Uint8Array>,
  silenceMsMax: number = SILENCE_MS_MAX,
): Promise<AsyncIterable<Uint8Array>> {
  const source = bytes[Symbol.asyncIterator]();
  const first = await readFirst(source);
  const rest = { [Symbol.asyncIterator]: () => source };
  return isPacked(first) ? withFirst(first, rest) : fill(withFirst(first, rest), silenceMsMax);
}

/** Yields whole lines while they come, and fillings between them. */
async function* fill(bytes: AsyncIterable<Uint8Array>, silenceMsMax: number): AsyncGenerator<Uint8Array> {
  const source = bytes[Symbol.asyncIterator]();
  let line: Uint8Array[] = [];
  let lineBytes = 0;
  try {
    for (;;) {
      const next = source.next();
      while (lineBytes <= LINE_BYTES_MAX && !(await comesWithin(next, silenceMsMax))) yield FILLING;
      const piece = await next;
      if (piece.done === true) break;
      const { value } = piece;
      const end = value.lastIndexOf(LINE_END) + 1;
      if (end > 0) {
        yield* line;
        yield value.subarray(0, end);
        [line, lineBytes] = [[], 0];
      }
      if (end < value.length) line.push(value.subarray(end));
      lineBytes += value.length - end;
      if (lineBytes <= LINE_BYTES_MAX) continue;
      yield* line;
      line = [];
    }
    yield* line;
  } finally {
    await source.return?.();
  }
}

/** Whether a promise settles within this time; what it settles with is the business of whoever awaits it. */
async function comesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    // What comes keeps the process; when nobody waits for it any more, this must not.
    timer = setTimeout(resolve, ms, false).unref();
  });
  const came = promise.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([came, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function readFirst(source: AsyncIterator<Uint8Array>): Promise<readonly Uint8Array[]> {
  const first: Uint8Array[] = [];
  for (let length = 0; length < MAGIC_BYTES_MAX; ) {
    const next = await source.next();
    if (next.done === true) break;
    first.push(next.value);
    length += next.value.length;
  }
  return first;
}

async function* withFirst(first: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* rest;
}

/** Whether gzip or zstd has packed what begins with these bytes; a zstd file may begin with a frame of its writer's notes. */
function isPacked(first: readonly Uint8Array[]): boolean {
  const magic = Buffer.concat(first).subarray(0, MAGIC_BYTES_MAX).toString("hex");
  return /^(1f8b|28b52ffd|5.2a4d18)/.test(magic);
}
