/**
 * KnownPaths: what has been found out about paths, so that it is not found out anew for every line. Logs ask for the same
 * paths over and over, and whoever gets the same text again finds it faster in every table behind.
 */
import { decodeUrlPath } from "./decode-path.ts";
import { toOperationTemplate } from "./operation-template.ts";
import { hasStaticExtension } from "./static-extensions.ts";

/** Answers about paths. Bounded; nothing of it ever changes. */
export type KnownPaths = {
  /** The path that stands encoded in these bytes: what decodeUrlPath says. */
  readonly decode: (bytes: Buffer, start: number, end: number) => string;
  /** What hasStaticExtension says of a decoded path. */
  readonly isStatic: (path: string) => boolean;
  /** What toOperationTemplate says of a decoded path. */
  readonly templateOf: (path: string) => string;
};

/** The same answers without a memory, for few paths. */
export const FORGOTTEN_PATHS: KnownPaths = {
  decode: (bytes, start, end) => decodeUrlPath(bytes.subarray(start, end)),
  isStatic: hasStaticExtension,
  templateOf: toOperationTemplate,
};

/** Paths remembered at least, for each question. At about 300 bytes a path and twice as many at most: 20 MB. */
const PATHS_MIN = 10_000;

/** Longer paths are not remembered, so that those that are stay small. */
const REMEMBERED_LENGTH_MAX = 256;

/** Builds an empty memory. */
export function buildKnownPaths(): KnownPaths {
  const decode = remember((encoded) => {
    const path = decodeUrlPath(Buffer.from(encoded, "latin1"));
    // The text that is the key already takes no room twice.
    return path === encoded ? encoded : path;
  });
  return {
    decode: (bytes, start, end) => decode(bytes.toString("latin1", start, end)),
    isStatic: remember(hasStaticExtension),
    templateOf: remember(toOperationTemplate),
  };
}

/** The same function with a memory. Answers live in two generations: when the younger one is full, the older one goes. */
function remember<Answer extends string | boolean>(find: (path: string) => Answer): (path: string) => Answer {
  let young = new Map<string, Answer>();
  let old = new Map<string, Answer>();
  return (path) => {
    const known = young.get(path);
    if (known !== undefined) return known;
    const answer = old.get(path) ?? find(path);
    if (path.length > REMEMBERED_LENGTH_MAX) return answer;
    if (young.size >= PATHS_MIN) {
      old = young;
      young = new Map();
    }
    young.set(path, answer);
    return answer;
  };
}
