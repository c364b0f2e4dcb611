/**
 * What Node's HTTP parser refuses before any route runs. Node would answer without a body, and clients that expect
 * JSON take an empty error for a success.
 */
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { RouteAnswer } from "../model/route.ts";
import { AppError, type ErrorCode } from "../platform/errors.ts";
import { toJson } from "../platform/json.ts";
import { buildErrorAnswer } from "./error-response.ts";
import { findOwner, type MountedDialect } from "./mounted-dialect.ts";
import { splitTarget, toRoutedTarget } from "./request-target.ts";

/**
 * Bytes of request line and headers, at most; Node's own bound is 16 KiB. A list of ten thousand UUIDs with escaped commas
 * is 390 KB: whoever sends one shall read how many are allowed, and not a bare 431. The price is memory: each connection may
 * hold this much until its headers are complete or Node's timeout for them (60 s) ends it.
 */
export const HEADER_BYTES_MAX = 524_288;

/** What Node hands over: its code and the bytes that it stumbled on. */
export type ParserError = Error & { readonly code?: string | undefined; readonly rawPacket?: Buffer | undefined };

/** A refusal. Its code has the status of the answer: owners of paths print the status, or the code, into the body. */
type Refusal = { readonly code: ErrorCode; readonly message: string };

const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    code: "request/head-too-large",
    message: `Request line and headers are longer than ${HEADER_BYTES_MAX} bytes.`,
  },
  ERR_HTTP_REQUEST_TIMEOUT: { code: "request/timed-out", message: "The request took too long to arrive." },
  HPE_INVALID_EOF_STATE: { code: "request/invalid", message: "The request ended before it was complete." },
  HPE_INVALID_METHOD: { code: "request/invalid", message: "The request has no known method." },
};

const MALFORMED: Refusal = { code: "request/invalid", message: "The request is not valid HTTP." };

/** `patch /v1/spaces HTTP/1.1`: a method in lower case, as a client sends it that does not spell methods itself. */
const REQUEST_LINE = /^([A-Za-z]+) (\S+) HTTP\/1\.[01]\r?\n/;

/** The request line of what has not been answered yet. */
export type RunningRequest = { readonly method: string; readonly url: string };

/**
 * The whole response, head and body, to bytes that are no request. Worded by the owner of the path where the bytes begin
 * with a request line that can be read, or else of `running`: a body that ends too early has no bytes to show.
 */
export function buildRefusal(
  error: ParserError,
  dialects: readonly MountedDialect[],
  running: RunningRequest | null,
): string {
  const { method, url } = readRequestLine(error) ?? running ?? { method: "", url: "/" };
  const { path } = splitTarget(toRoutedTarget(url));
  const refusal = chooseRefusal(error, method);
  const appError = new AppError(refusal.code, refusal.message);
  return printResponse(buildErrorAnswer(appError, { method, path }, findOwner(dialects, path)));
}

function readRequestLine({ rawPacket }: ParserError): RunningRequest | null {
  const line = REQUEST_LINE.exec(rawPacket?.subarray(0, HEADER_BYTES_MAX).toString("latin1") ?? "");
  return line === null ? null : { method: line[1]!, url: line[2]! };
}

/** The method is not repaired behind the client's back: it would be another request than the one that was sent. */
function chooseRefusal(error: ParserError, method: string): Refusal {
  const refusal = REFUSALS[error.code ?? ""] ?? MALFORMED;
  if (error.code !== "HPE_INVALID_METHOD" || method === "" || method === method.toUpperCase()) return refusal;
  const advice = method.toLowerCase() === "patch" ? "PATCH or PUT" : method.toUpperCase();
  return { ...refusal, message: `Method names are case-sensitive: use ${advice}` };
}

function printResponse(answer: RouteAnswer): string {
  const body = toJson(answer.body ?? {});
  const headers = {
    "content-type": "application/json; charset=utf-8",
    ...answer.headers,
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}\r\n${lines.join("")}\r\n${body}`;
}

/** Answers on the socket and closes it: after bytes that are no request nobody knows where the next one begins. */
export function refuseOnSocket(error: ParserError, socket: Socket, dialects: readonly MountedDialect[]): void {
  // Node keeps the response that is being written here. A second head in its middle would be read as its body.
  const { _httpMessage } = socket as Socket & { readonly _httpMessage?: ServerResponse | null };
  if (error.code === "ECONNRESET" || !socket.writable || _httpMessage?.headersSent === true) {
    socket.destroy();
    return;
  }
  const { method = "", url = "/" } = _httpMessage?.req ?? {};
  socket.end(buildRefusal(error, dialects, _httpMessage?.req === undefined ? null : { method, url }));
  // Who was silent for so long may be gone without a word, and would never close the other half of the connection. Not
  // for other errors: those clients may be sending still, and closing the whole of it could take the answer from them.
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") socket.destroySoon();
}
