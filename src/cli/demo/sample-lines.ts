/**
 * Sample lines of an access log in combined format, each with the fact that it states. Pure.
 */
import { buildWeightedChoice, buildZipfWeights, type RandomNumbers } from "./random-numbers.ts";
import type { SampleFact } from "./sample-traffic.ts";
import { LOG_SPACE, type SampleAsset, type SampleWorld } from "./sample-world.ts";

/** The source that the log is imported under. */
export const LOG_SOURCE = "demo-web-server";

/** Makes the line of a time, without its line end. */
export type NextLine = (timeMs: number) => { readonly line: string; readonly fact: SampleFact };

type Hit = { readonly path: string; readonly status: number; readonly bytes: number; readonly isDelivery: boolean };

/** Share of the lines that ask for a file; the others ask the API. */
const FILE_SHARE = 0.6;
/** Shares of the requests for files: what the browser has already, and what is not there. */
const NOT_MODIFIED_SHARE = 0.1;
const NOT_FOUND_SHARE = 0.02;
const NOT_FOUND_BYTES = 196;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

const AGENTS = [
  "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
  "curl/8.14.1",
] as const;

/** Builds the maker of lines: requests for the assets of LOG_SPACE and for an API beside them. */
export function buildSampleLines(world: SampleWorld, random: RandomNumbers): NextLine {
  const assets = world.assets.filter((asset) => asset.space === LOG_SPACE);
  const assetIndex = buildWeightedChoice(buildZipfWeights(assets.length));
  return (timeMs) => {
    const asset = assets[assetIndex(random.unit())] as SampleAsset;
    const hit = random.unit() < FILE_SHARE ? drawFileHit(asset, random) : drawApiHit(asset, random);
    const fact: SampleFact = {
      kind: hit.isDelivery ? "delivery" : "api",
      count: 1,
      bytesIn: 0,
      bytesOut: hit.bytes,
      sizeDelta: 0,
      objectsDelta: 0,
    };
    return { line: printLine(hit, timeMs, random), fact };
  };
}

function drawFileHit({ path, contentBytes }: SampleAsset, random: RandomNumbers): Hit {
  const share = random.unit();
  if (share < NOT_MODIFIED_SHARE) return { path, status: 304, bytes: 0, isDelivery: true };
  // The default rule: a file that was not sent is an answer of the server, not a delivery.
  if (share < NOT_MODIFIED_SHARE + NOT_FOUND_SHARE) {
    return { path: `${path}.bak.jpg`, status: 404, bytes: NOT_FOUND_BYTES, isDelivery: false };
  }
  return { path, status: 200, bytes: contentBytes, isDelivery: true };
}

function drawApiHit({ id }: SampleAsset, random: RandomNumbers): Hit {
  const paths = [
    `/api/v1/assets/${id}`,
    `/api/v1/assets/${id}/data`,
    "/api/v1/search?q=harbour",
    "/api/v1/assets?page=2",
  ];
  const path = paths[random.whole(0, paths.length - 1)] as string;
  return { path, status: 200, bytes: random.whole(300, 20_000), isDelivery: false };
}

/** `198.51.100.7 - - [20/Nov/2026:16:00:00 +0000] "GET /media/a.jpg HTTP/1.1" 200 1234 "-" "curl/8.14.1"` */
function printLine({ path, status, bytes }: Hit, timeMs: number, random: RandomNumbers): string {
  // Addresses that are kept for documentation (RFC 5737): nobody's.
  const address = `198.51.100.${random.whole(1, 254)}`;
  const agent = AGENTS[random.whole(0, AGENTS.length - 1)];
  const sent = bytes === 0 ? "-" : String(bytes);
  return `${address} - - [${printTime(timeMs)}] "GET ${path} HTTP/1.1" ${status} ${sent} "-" "${agent}"`;
}

/** `20/Nov/2026:16:00:00 +0000`, cut to the second as a web server does. */
function printTime(timeMs: number): string {
  const iso = new Date(timeMs).toISOString();
  return `${iso.slice(8, 10)}/${MONTHS[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}
