/**
 * The content type of a file that only its path is known of.
 */

/**
 * Media types by extension, for what sites deliver. Names as registered with IANA; `text/javascript` is the one that
 * RFC 9239 keeps.
 * @see https://www.iana.org/assignments/media-types/media-types.xhtml, read 2026-11-20
 */
const CONTENT_TYPES: ReadonlyMap<string, string> = new Map([
  ["avif", "image/avif"],
  ["bmp", "image/bmp"],
  ["css", "text/css"],
  ["csv", "text/csv"],
  ["doc", "application/msword"],
  ["docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
  ["eot", "application/vnd.ms-fontobject"],
  ["gif", "image/gif"],
  ["gz", "application/gzip"],
  ["htm", "text/html"],
  ["html", "text/html"],
  ["ico", "image/vnd.microsoft.icon"],
  ["jpeg", "image/jpeg"],
  ["jpg", "image/jpeg"],
  ["js", "text/javascript"],
  ["json", "application/json"],
  ["m4a", "audio/mp4"],
  ["map", "application/json"],
  ["mov", "video/quicktime"],
  ["mp3", "audio/mpeg"],
  ["mp4", "video/mp4"],
  ["ogg", "audio/ogg"],
  ["otf", "font/otf"],
  ["pdf", "application/pdf"],
  ["png", "image/png"],
  ["ppt", "application/vnd.ms-powerpoint"],
  ["pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"],
  ["svg", "image/svg+xml"],
  ["tar", "application/x-tar"],
  ["tgz", "application/gzip"],
  ["tif", "image/tiff"],
  ["tiff", "image/tiff"],
  ["ttf", "font/ttf"],
  ["txt", "text/plain"],
  ["wav", "audio/wav"],
  ["webm", "video/webm"],
  ["webp", "image/webp"],
  ["woff", "font/woff"],
  ["woff2", "font/woff2"],
  ["xls", "application/vnd.ms-excel"],
  ["xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
  ["xml", "application/xml"],
  ["zip", "application/zip"],
]);

/** RFC 2046 section 4.5.1: bytes of which nothing is known. */
const UNKNOWN_CONTENT_TYPE = "application/octet-stream";

/** The last segment of a path, which people know the file by; the path itself when it ends with a slash. */
export function filenameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1) || path;
}

/** The content type that the path's extension stands for, in any case; `application/octet-stream` for others. */
export function contentTypeOf(path: string): string {
  const filename = filenameOf(path);
  const dot = filename.lastIndexOf(".");
  if (dot === -1) return UNKNOWN_CONTENT_TYPE;
  return CONTENT_TYPES.get(filename.slice(dot + 1).toLowerCase()) ?? UNKNOWN_CONTENT_TYPE;
}
