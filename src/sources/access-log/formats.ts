/**
 * THE list of log formats. Adding one is an entry: a file in formats/ with a sample line and the vendor's page, its name in
 * SOURCE_FORMATS (model/source.ts), and a fixture.
 */
import { BUNNY } from "./formats/bunny.ts";
import { CADDY_JSON } from "./formats/caddy.ts";
import { COMBINED, COMMON, FASTLY_CLASSIC, VHOST_COMBINED } from "./formats/clf.ts";
import { CLOUDFLARE_HTTP } from "./formats/cloudflare.ts";
import { CLOUDFRONT, CLOUDFRONT_REALTIME } from "./formats/cloudfront.ts";
import { FASTLY_JSON } from "./formats/fastly.ts";
import { GCS_USAGE } from "./formats/gcs.ts";
import { JSON_LINES } from "./formats/json-lines.ts";
import { MINIO_AUDIT } from "./formats/minio.ts";
import { S3 } from "./formats/s3.ts";
import type { LogFormat } from "./log-format.ts";

const FORMATS: readonly LogFormat[] = [
  COMMON,
  COMBINED,
  VHOST_COMBINED,
  CADDY_JSON,
  S3,
  CLOUDFRONT,
  CLOUDFRONT_REALTIME,
  CLOUDFLARE_HTTP,
  FASTLY_JSON,
  FASTLY_CLASSIC,
  GCS_USAGE,
  MINIO_AUDIT,
  BUNNY,
  JSON_LINES,
];

/** The formats by the name that a source's setting `format` gives. */
export const LINE_FORMATS: ReadonlyMap<string, LogFormat> = new Map(FORMATS.map((format) => [format.name, format]));

/**
 * The longest line of a log of this format, in bytes: the configured bound, or what the format's servers write where that is
 * more. THE place where it is decided: cut by another bound than it is judged by, a line would be read without its end.
 */
export function lineBytesMaxOf(format: string, configuredBytesMax: number): number {
  return Math.max(configuredBytesMax, LINE_FORMATS.get(format)?.lineBytesMax ?? 0);
}
