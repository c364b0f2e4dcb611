/**
 * Requests as the benchmarks make them: read to the end, and rejected for everything but a 200.
 */
import { type Agent, get, type IncomingMessage, request } from "node:http";

/** Asks; the bytes of the answer. */
export function ask(url: string, token: string, agent: Agent): Promise<number> {
  // Storyblok's clients send the token as it is.
  const isStoryblok = new URL(url).pathname.startsWith("/v1/");
  const headers = { authorization: isStoryblok ? token : `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    get(url, { agent, headers }, (answer) => readAnswer(answer, url).then(resolve, reject)).on("error", reject);
  });
}

/** Sends a batch of events; the bytes of the answer. */
export function post(
  url: string,
  body: string,
  { token, agent }: { readonly token: string; readonly agent: Agent },
): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/cloudevents-batch+json" };
  return new Promise((resolve, reject) => {
    request(url, { agent, method: "POST", headers }, (answer) => readAnswer(answer, url).then(resolve, reject))
      .on("error", reject)
      .end(body);
  });
}

async function readAnswer(answer: IncomingMessage, url: string): Promise<number> {
  let bytes = 0;
  let text = "";
  for await (const piece of answer as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (answer.statusCode !== 200) text += piece.toString();
  }
  if (answer.statusCode === 200) return bytes;
  throw new RefusedRequest(`${url.slice(0, 200)}: ${answer.statusCode} ${text.slice(0, 300)}`, answer.statusCode ?? 0);
}

/** An answer that is not a 200. */
export class RefusedRequest extends Error {
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}
