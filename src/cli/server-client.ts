/**
 * Requests to the server that holds a data directory, with a token that lives as long as the command.
 * Not `fetch`: it gives up on a server that thinks longer than five minutes, and a large import does; and it asks no server
 * on a port that browsers keep from web pages, such as 6000 or 10080.
 */
import { request } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Scope, Token } from "../model/token.ts";
import { AppError, ERROR_STATUS, type ErrorCode } from "../platform/errors.ts";
import type { CatalogAccess } from "./app-access.ts";

/** A token of a command that was killed before it could delete it ends by itself after this long. */
const TOKEN_LIFE_MS = 86_400_000;

/** What the tokens are called that commands make for themselves. */
const COMMAND_TOKENS = ["query command", "import command", "source replay command", "doctor command"] as const;

/** Whether a command has made the token for itself, and nobody was told its secret. */
export function isCommandToken({ name, expiresAtMs }: Pick<Token, "name" | "expiresAtMs">): boolean {
  return expiresAtMs !== null && COMMAND_TOKENS.some((one) => one === name);
}

/** Whom a command asks for, and as what. */
export type TokenUse = {
  readonly organization: number;
  readonly scope: Scope;
  readonly name: (typeof COMMAND_TOKENS)[number];
  readonly nowMs: number;
};

/** One request. `url` is absolute; a body is streamed. */
export type ServerRequest = {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: AsyncIterable<Uint8Array>;
  /** Gives the request up. Left out: it is waited for as long as the connection lives. */
  readonly signal?: AbortSignal;
};

/** What came back, whatever its status. */
export type ServerAnswer = { readonly status: number; readonly body: string };

/** Hands a short-lived admin token with one scope to `use` and deletes it afterwards: a script may ask every minute. */
export async function withServerToken<Result>(
  catalog: CatalogAccess,
  choice: TokenUse,
  use: (secret: string) => Promise<Result>,
): Promise<Result> {
  const { token, secret } = await catalog.issueToken({
    organization: choice.organization,
    name: choice.name,
    role: "admin",
    scopes: [choice.scope],
    spaces: null,
    user: null,
    expiresAtMs: choice.nowMs + TOKEN_LIFE_MS,
  });
  try {
    return await use(secret);
  } finally {
    await catalog.deleteToken(choice.organization, token.id);
  }
}

/** Sends a request and answers the whole response. Rejects with `store/unavailable` when the connection breaks. */
export async function sendRequest({ url, method, headers, body, signal }: ServerRequest): Promise<ServerAnswer> {
  const outgoing = request(url, { method, headers, ...(signal === undefined ? {} : { signal }) });
  const answer = new Promise<ServerAnswer>((resolve, reject) => {
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      incoming.setEncoding("utf8");
      let text = "";
      incoming.on("data", (chunk: string) => {
        text += chunk;
      });
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, body: text }));
      incoming.on("error", reject);
    });
  });
  // An early answer (no right, bad format) ends the sending: the server may never read the rest.
  const stop = new AbortController();
  answer.finally(() => stop.abort()).catch(() => {});
  let fault: { readonly error: unknown } | null = null;
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      yield* body ?? [];
    } catch (error) {
      fault = { error };
      throw error;
    }
  }
  // Only the answer is waited for: a body may be silent for ever. A body that fails ends the request, and so the answer.
  pipeline(Readable.from(watched()), outgoing, { signal: stop.signal }).catch(() => {});
  try {
    return await answer;
  } catch (error) {
    // A body that cannot be read to its end is the command's own error and must not look like a broken connection.
    if (fault !== null) throw (fault as { readonly error: unknown }).error;
    if (error instanceof AppError) throw error;
    const reason = (error as Error).message;
    throw new AppError("store/unavailable", `The server at ${url} broke the connection: ${reason}.`, { cause: error });
  }
}

/** Throws the server's error as one of ours when the answer is not a success. */
export function assertAnswered(answer: ServerAnswer): void {
  if (answer.status >= 200 && answer.status < 300) return;
  const { code, message } = readErrorBody(answer.body);
  throw new AppError(
    code ?? codeOfStatus(answer.status),
    message ?? `The server answered with status ${answer.status}.`,
  );
}

/** The fields of a problem object that the native API answers with (RFC 9457 and `code`). */
function readErrorBody(body: string): { code?: ErrorCode; message?: string } {
  try {
    const { code, detail } = JSON.parse(body) as { code?: unknown; detail?: unknown };
    return {
      ...(typeof code === "string" && Object.hasOwn(ERROR_STATUS, code) ? { code: code as ErrorCode } : {}),
      ...(typeof detail === "string" ? { message: detail } : {}),
    };
  } catch {
    // Not JSON: something between us and the server answered. The status is all there is to say.
    return {};
  }
}

function codeOfStatus(status: number): ErrorCode {
  return status >= 500 ? "store/unavailable" : "request/invalid";
}
