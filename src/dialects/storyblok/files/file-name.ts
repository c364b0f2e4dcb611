/**
 * The name that a client gives a file → the name that stands in its address, and the address itself.
 * @see https://www.storyblok.com/docs/api/management/assets/get-a-signed-response-object "Get a Signed Response Object", read 2026-11-20
 */

/** Characters of a name. A file system's own bound is 255 bytes. */
const NAME_LENGTH_MAX = 200;

/** Characters of an extension that are kept: longer ones tell nobody what a file is. */
const EXTENSION_LENGTH_MAX = 20;

/** Marks that a letter was decomposed into: accents, umlauts. */
const MARKS = /\p{M}+/gu;

/**
 * The name in an address: letters, digits, `_`, `-` and one dot. Clients send whole paths of their machines; only the part
 * behind the last slash counts. `C:\Bilder\Über uns.v2.PNG` becomes `uber-uns_v2.png`.
 */
export function toFileName(filename: string): string {
  const last = filename.slice(Math.max(filename.lastIndexOf("/"), filename.lastIndexOf("\\")) + 1);
  const plain = last.normalize("NFKD").replaceAll(MARKS, "").toLowerCase();
  const dot = plain.lastIndexOf(".");
  const extension =
    dot === -1
      ? ""
      : plain
          .slice(dot + 1)
          .replaceAll(/[^a-z0-9]/g, "")
          .slice(0, EXTENSION_LENGTH_MAX);
  const ending = extension === "" ? "" : `.${extension}`;
  const stem = (dot === -1 ? plain : plain.slice(0, dot))
    .replaceAll(".", "_")
    .replaceAll(/[^a-z0-9_-]+/g, "-")
    .slice(0, NAME_LENGTH_MAX - ending.length)
    .replaceAll(/^-+|-+$/g, "");
  return `${stem === "" ? "file" : stem}${ending}`;
}

/** Where a file is delivered: `/f/606/400x500/e5990a3595/your_file.jpg`; `x` in the place of an unknown size. */
export function buildFilePath(parts: {
  readonly space: number;
  /** `400x500`, or null. */
  readonly size: string | null;
  /** Ten hex digits that nobody can guess. */
  readonly random: string;
  readonly name: string;
}): string {
  return `/f/${parts.space}/${parts.size ?? "x"}/${parts.random}/${parts.name}`;
}

/**
 * The paths under which a file is looked for. `pathname` is as it stands in an address, perhaps escaped. Files without a
 * size have two addresses: with the segment `x`, as it is kept, and without it. Empty for a text that is no path of a file.
 */
export function toStoredPaths(pathname: string): readonly string[] {
  const path = decode(pathname);
  if (path === null || !path.startsWith("/f/")) return [];
  const [, , space, random, name, ...others] = path.split("/");
  const isShort = name !== undefined && others.length === 0;
  return isShort ? [path, `/f/${space}/x/${random}/${name}`] : [path];
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
