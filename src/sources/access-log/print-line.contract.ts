/**
 * For tests only: requests printed as each format's vendor writes them, so that a parser can be held against its inverse.
 * No test in here.
 */
import type { SourceFormat } from "../../model/source.ts";
import type { SourceSettings } from "../../model/source-settings.ts";

/** One request that was answered; `timeMs` is from 1973 on, for numbers are told apart by their size. Numbers are texts, so that a test can write what is none. */
export type Facts = {
  readonly timeMs: number;
  readonly method: string;
  /** What was asked for, plain: the path without its first slash, or the object's key. */
  readonly name: string;
  readonly status: string;
  readonly bytesOut: string;
  readonly bytesIn: string;
  readonly host: string;
  readonly requestId: string;
  readonly version: string;
  /** Client, user, referrer and agent: what stands in a line and is never kept. */
  readonly client: string;
  readonly user: string;
  readonly referrer: string;
  readonly agent: string;
};

/** How one format is printed. */
export type LinePrinter = {
  /** Lines, header first where there is one; the last is the request. */
  readonly print: (facts: Facts) => readonly string[];
  /** Which facts the format carries beside time, status and bytes out. */
  readonly carries: readonly ("method" | "host" | "bytesIn" | "id" | "key")[];
  /** Times are cut to so many ms. */
  readonly precisionMs: number;
  readonly settings?: Partial<SourceSettings>;
  /** True for names that the format cannot write. */
  readonly cannotWrite?: (name: string) => boolean;
};

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const pad = (value: number, digits = 2) => String(value).padStart(digits, "0");

/** `20/Nov/2026:09:15:02 +0100`, in the zone `offsetMinutes` east of UTC. */
export function printLogTime(timeMs: number, offsetMinutes = 0): string {
  const local = new Date(timeMs + offsetMinutes * 60_000);
  const zone = Math.abs(offsetMinutes);
  const date = `${pad(local.getUTCDate())}/${MONTHS[local.getUTCMonth()]}/${pad(local.getUTCFullYear(), 4)}`;
  const time = `${pad(local.getUTCHours())}:${pad(local.getUTCMinutes())}:${pad(local.getUTCSeconds())}`;
  return `${date}:${time} ${offsetMinutes < 0 ? "-" : "+"}${pad(Math.floor(zone / 60))}${pad(zone % 60)}`;
}

const toHex = (byte: number, prefix: string) => `${prefix}${byte.toString(16).padStart(2, "0")}`;

/** As nginx writes a field. */
export function printNginx(text: string): string {
  const plain = (byte: number) => byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
  return [...Buffer.from(text)]
    .map((byte) => (plain(byte) ? String.fromCharCode(byte) : toHex(byte, "\\x").toUpperCase().replace("X", "x")))
    .join("");
}

const APACHE_LETTERS: Readonly<Record<string, string>> = {
  ...{ '"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v" },
};

/** As Apache writes a field. */
export function printApache(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const letter = String.fromCharCode(byte);
      return APACHE_LETTERS[letter] ?? (byte >= 0x20 && byte < 0x7f ? letter : toHex(byte, "\\x"));
    })
    .join("");
}

/** As a client writes a name into a request: every byte but unreserved ones and slashes as %HH. */
export function encodeName(name: string): string {
  return encodeURIComponent(name).replaceAll("%2F", "/");
}

/** What CloudFront writes as %HH on top of what the client has sent. */
function encodeColumn(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const letter = String.fromCharCode(byte);
      return byte <= 0x20 || byte >= 0x7f || "<>\"#%{}|\\^~[]`'".includes(letter) ? toHex(byte, "%") : letter;
    })
    .join("");
}

const targetOf = ({ name }: Facts) => `/${encodeName(name)}`;
const iso = ({ timeMs }: Facts) => new Date(timeMs).toISOString();
/** A number as JSON writes it; what is none goes as text. */
const toJson = (text: string): unknown => (/^(0|[1-9][0-9]*)$/.test(text) ? Number(text) : text);

function clf(quote: (text: string) => string, head: (facts: Facts) => string, hasTail = true): LinePrinter["print"] {
  return (facts) => {
    const request = `"${quote(`${facts.method} ${targetOf(facts)}?token=SECRET HTTP/1.1`)}"`;
    const tail = hasTail ? ` "${quote(facts.referrer)}" "${quote(facts.agent)}"` : "";
    const time = printLogTime(facts.timeMs);
    return [`${head(facts)} - ${quote(facts.user)} [${time}] ${request} ${facts.status} ${facts.bytesOut}${tail}`];
  };
}

const CLF = { carries: ["method"], precisionMs: 1_000 } as const;

function printS3(facts: Facts, encodeKey: (name: string) => string): readonly string[] {
  const { requestId, version, status, bytesOut, client, agent, referrer, host } = facts;
  const uri = `"GET ${targetOf(facts)}?X-Amz-Signature=SECRET HTTP/1.1"`;
  const head = `4c10 media [${printLogTime(facts.timeMs)}] ${client} - ${requestId} REST.GET.OBJECT`;
  const answer = `${encodeKey(facts.name)} ${uri} ${status} - ${bytesOut} 5242880 41 12`;
  // The vendor escapes nothing in referrer and agent, so a line end cannot be in them.
  const quoted = [referrer, agent].map((text) => `"${text.replace(/[\r\n\0]/g, "")}"`).join(" ");
  return [`${head} ${answer} ${quoted} ${version} hostid= SigV4 - AuthHeader ${host} TLSv1.2 - - eu-central-1`];
}

const S3 = { carries: ["host", "id", "key"], precisionMs: 1_000, cannotWrite: (name: string) => name === "-" } as const;

const CLOUDFRONT_NAMES =
  "date time sc-bytes c-ip cs-method cs-uri-stem sc-status cs(User-Agent) cs-uri-query x-edge-request-id x-host-header cs-bytes";

function cloudfrontValues(facts: Facts): readonly string[] {
  const [date = "", time = ""] = iso(facts).slice(0, 19).split("T");
  const stem = encodeColumn(targetOf(facts));
  const head = [date, time, facts.bytesOut, facts.client, facts.method, stem, facts.status];
  return [...head, encodeColumn(facts.agent), "token=SECRET", facts.requestId, facts.host, facts.bytesIn];
}

function printCloudfront(facts: Facts): readonly string[] {
  return ["#Version: 1.0", `#Fields: ${CLOUDFRONT_NAMES}`, cloudfrontValues(facts).join("\t")];
}

function printCloudfrontJson(facts: Facts): readonly string[] {
  const values = cloudfrontValues(facts);
  const names = CLOUDFRONT_NAMES.split(" ");
  const named = Object.fromEntries(names.map((name, index) => [name, values[index]]));
  return [JSON.stringify({ ...named, date: undefined, time: undefined, "timestamp(ms)": String(facts.timeMs) })];
}

const REALTIME_NAMES = [
  ...["timestamp", "c-ip", "sc-status", "sc-bytes", "cs-method", "cs-host", "cs-uri-stem", "cs-bytes"],
  ...["x-edge-request-id", "cs-user-agent"],
];

function printRealtime(facts: Facts): readonly string[] {
  const time = (facts.timeMs / 1000).toFixed(3);
  const stem = `${encodeColumn(targetOf(facts))}?token=SECRET`;
  const values = [time, facts.client, facts.status, facts.bytesOut, facts.method, facts.host, stem, facts.bytesIn];
  return [[...values, facts.requestId, encodeColumn(facts.agent)].join("\t")];
}

function printCaddy(facts: Facts): readonly string[] {
  const { method, host, client, agent } = facts;
  const headers = { "User-Agent": [agent], Cookie: ["SECRET"] };
  const request = { remote_ip: client, method, host, uri: `${targetOf(facts)}?token=SECRET`, headers };
  const answer = { bytes_read: toJson(facts.bytesIn), user_id: "", size: toJson(facts.bytesOut) };
  const line = { ts: facts.timeMs / 1000, logger: "http.log.access.log0", request, ...answer };
  return [JSON.stringify({ ...line, status: toJson(facts.status) })];
}

function printCloudflare(facts: Facts, time: unknown): readonly string[] {
  const asked = { ClientRequestHost: facts.host, ClientRequestMethod: facts.method };
  const target = { ClientRequestPath: targetOf(facts), ClientRequestURI: `${targetOf(facts)}?token=SECRET` };
  const bytes = { ClientRequestBytes: toJson(facts.bytesIn), EdgeResponseBytes: toJson(facts.bytesOut) };
  const rest = { EdgeResponseStatus: toJson(facts.status), RayID: facts.requestId, ParentRayID: "00" };
  return [JSON.stringify({ ...asked, ...target, ...bytes, ...rest, EdgeStartTimestamp: time, ClientIP: facts.client })];
}

function printFastly(facts: Facts): readonly string[] {
  const time = `${iso(facts).slice(0, 19)}+0000`;
  const asked = { timestamp: time, client_ip: facts.client, host: facts.host, url: `${targetOf(facts)}?token=SECRET` };
  const answer = { response_status: toJson(facts.status), response_body_size: toJson(facts.bytesOut) };
  const more = { request_user_agent: facts.agent, request_referer: facts.referrer, fastly_is_edge: true };
  return [JSON.stringify({ ...asked, request_method: facts.method, ...answer, ...more })];
}

const GCS_NAMES = [
  ...["time_micros", "c_ip", "cs_method", "sc_status", "cs_bytes", "sc_bytes", "cs_host", "cs_user_agent"],
  ...["s_request_id", "cs_operation", "cs_bucket", "cs_object"],
];

function printGcs(facts: Facts): readonly string[] {
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const head = [`${facts.timeMs}000`, facts.client, "GET", facts.status, facts.bytesIn, facts.bytesOut, facts.host];
  const agent = facts.agent.replace(/[\r\n\0]/g, "");
  const values = [...head, agent, facts.requestId, "GET_Object", "media", facts.name];
  return [GCS_NAMES.map(quote).join(","), values.map(quote).join(",")];
}

function printMinio(facts: Facts): readonly string[] {
  const { requestId, host, client, agent, name } = facts;
  const counts = { statusCode: toJson(facts.status), rx: toJson(facts.bytesIn), tx: toJson(facts.bytesOut) };
  const api = { name: "GetObject", bucket: "media", object: name, ...counts };
  const secret = { requestHeader: { Authorization: "SECRET" }, requestQuery: { token: "SECRET" }, accessKey: "SECRET" };
  const who = { deploymentid: "d1", requestID: requestId, requestHost: host, remotehost: client, userAgent: agent };
  return [JSON.stringify({ version: "1", time: iso(facts), api, ...who, ...secret })];
}

function printBunny(facts: Facts): readonly string[] {
  const url = `https://${facts.host}${targetOf(facts)}?token=SECRET`;
  const agent = facts.agent.replace(/[\r\n\0]/g, "");
  const head = ["HIT", facts.status, String(facts.timeMs), facts.bytesOut, "39001", facts.client, "-", url];
  return [[...head, "DE", agent, facts.requestId, "DE"].join("|")];
}

function printJsonLine(facts: Facts): readonly string[] {
  const { requestId: id, method, status, host } = facts;
  const bytes = { bytes_out: facts.bytesOut, bytes_in: facts.bytesIn };
  const time = (facts.timeMs / 1000).toFixed(3);
  return [JSON.stringify({ time, id, method, uri: `${targetOf(facts)}?token=SECRET`, status, ...bytes, host })];
}

/** No name of GCS has line ends, and a NUL byte is in no line. */
const isNoGcsName = (name: string) => /[\r\n\0]/.test(name);

const WITH_HOST = ["method", "host"] as const;
const ALL = ["method", "host", "bytesIn"] as const;

/** Every format, some in several ways of writing, by a name that begins with the format's own. */
export const LINE_PRINTERS: readonly (readonly [SourceFormat, string, LinePrinter])[] = [
  ["common", "as nginx", { ...CLF, print: clf(printNginx, ({ client }) => client, false) }],
  ["combined", "as nginx", { ...CLF, print: clf(printNginx, ({ client }) => client) }],
  ["combined", "as Apache", { ...CLF, print: clf(printApache, ({ client }) => client) }],
  [
    "vhost-combined",
    "with port",
    { ...CLF, carries: WITH_HOST, print: clf(printApache, ({ host, client }) => `${host}:443 ${client}`) },
  ],
  [
    "vhost-combined",
    "without port",
    { ...CLF, carries: WITH_HOST, print: clf(printNginx, ({ host, client }) => `${host} ${client}`) },
  ],
  ["fastly-classic", "", { ...CLF, print: clf(printNginx, ({ client }) => client, false) }],
  ["caddy-json", "", { print: printCaddy, carries: ALL, precisionMs: 1 }],
  ["s3", "key encoded once", { ...S3, print: (facts) => printS3(facts, encodeName) }],
  ["s3", "key encoded twice", { ...S3, print: (facts) => printS3(facts, (name) => encodeName(encodeName(name))) }],
  ["cloudfront", "columns", { print: printCloudfront, carries: [...ALL, "id"], precisionMs: 1_000 }],
  ["cloudfront", "JSON", { print: printCloudfrontJson, carries: [...ALL, "id"], precisionMs: 1 }],
  [
    "cloudfront-realtime",
    "",
    { print: printRealtime, carries: [...ALL, "id"], precisionMs: 1, settings: { fields: REALTIME_NAMES } },
  ],
  [
    "cloudflare-http",
    "unixnano",
    {
      print: (facts) => printCloudflare(facts, facts.timeMs * 1_000_000),
      ...{ carries: [...ALL, "id"], precisionMs: 1 },
    },
  ],
  [
    "cloudflare-http",
    "unix",
    {
      print: (facts) => printCloudflare(facts, Math.floor(facts.timeMs / 1000)),
      ...{ carries: [...ALL, "id"], precisionMs: 1_000 },
    },
  ],
  [
    "cloudflare-http",
    "rfc3339",
    {
      print: (facts) => printCloudflare(facts, `${iso(facts).slice(0, 19)}Z`),
      ...{ carries: [...ALL, "id"], precisionMs: 1_000 },
    },
  ],
  ["fastly-json", "", { print: printFastly, carries: WITH_HOST, precisionMs: 1_000 }],
  [
    "gcs-usage",
    "",
    { print: printGcs, carries: ["host", "bytesIn", "id", "key"], precisionMs: 1, cannotWrite: isNoGcsName },
  ],
  ["minio-audit", "", { print: printMinio, carries: ["host", "bytesIn", "id", "key"], precisionMs: 1 }],
  ["bunny", "", { print: printBunny, carries: ["host", "id"], precisionMs: 1 }],
  ["json-lines", "", { print: printJsonLine, carries: [...ALL, "id"], precisionMs: 1 }],
];
