/**
 * The file extensions that make a path one of a static file.
 */

/** The extensions, in lower case and without the dot; docs/metrics.md lists the same. */
export const STATIC_EXTENSIONS: ReadonlySet<string> = new Set(
  (
    "avif bmp css csv doc docx eot gif ico jpg jpeg js json m4a map mov mp3 mp4 ogg otf pdf png ppt pptx svg tar tgz gz " +
    "tif tiff ttf txt wav webm webp woff woff2 xls xlsx xml zip"
  ).split(" "),
);

/** The longest of them has five letters. */
const EXTENSION_LENGTH_MAX = 5;

/** True when the path's last segment ends in a dot and one of the extensions, ignoring case. */
export function hasStaticExtension(path: string): boolean {
  const dot = path.lastIndexOf(".");
  if (dot === -1 || path.length - dot - 1 > EXTENSION_LENGTH_MAX) return false;
  return STATIC_EXTENSIONS.has(path.slice(dot + 1).toLowerCase());
}
