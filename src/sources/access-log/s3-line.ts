/**
 * One line of an S3 server access log -> its columns, or why it has none. Quotes in request, referrer and user agent are not
 * escaped, so columns are found from both ends: up to the request from the left, from the version id on behind the last quote.
 */
import type { Rejection } from "../rejection.ts";

/** The columns that are read. Each is as it stands in the line; `-` stands for nothing. */
export type S3Columns = {
  readonly bucket: string;
  readonly time: string;
  readonly requestId: string;
  readonly operation: string;
  readonly key: string;
  readonly requestUri: string;
  readonly status: string;
  readonly bytesSent: string;
  readonly objectSize: string;
  readonly versionId: string;
  readonly hostHeader: string;
};

//     owner bucket [time] ip requester request-id operation key, then "uri" or -
const HEAD = /^\S+ (\S+) \[([^\]]*)\] \S+ (?:"[^"]*"|\S+) (\S+) (\S+) (\S+) (?=["-])/;

// The times are digits, or a line with a bad status would be read from a later quote on, with other columns as its bytes.
//     the end of the uri, then status error sent size time turn-around, then the referrer
const ANSWER = /(?:"|^-) (\d{3}|-) (\S+) (\S+) (\S+) (?:\d+|-) (?:\d+|-) (?=["-])/g;

const NOT_S3: Rejection = {
  reason: "malformed",
  detail: "The line has not the 17 columns of an S3 access log, or not their quotes.",
};

const TWO_ANSWERS: Rejection = {
  reason: "malformed",
  detail: "Where the request ends is not clear: a quote in it, or in a header, is followed by a status and bytes.",
};

/** The columns of a line; `malformed` when it has fewer than 17 or not their shape. */
export function parseS3Columns(line: string): S3Columns | Rejection {
  const head = HEAD.exec(line);
  if (head === null) return NOT_S3;
  const [all, bucket, time, requestId, operation, key] = head as unknown as string[];
  const asked = line.slice((all as string).length);
  const answer = findAnswer(asked);
  if ("reason" in answer) return answer;
  const [written, status, , bytesSent, objectSize] = answer as unknown as string[];
  const tail = findTail(asked, answer.index + (written as string).length);
  return {
    bucket: bucket as string,
    time: time as string,
    requestId: requestId as string,
    operation: operation as string,
    key: key as string,
    requestUri: asked.startsWith('"') ? asked.slice(1, answer.index) : "-",
    status: status as string,
    bytesSent: bytesSent as string,
    objectSize: objectSize as string,
    versionId: tail[0] ?? "-",
    hostHeader: tail[5] ?? "-",
  };
}

/**
 * What was answered, in the columns behind the request, with which `asked` begins. A client that writes `" 200 - 9 9 1 1 "` into
 * its request, referrer or agent makes two answers of one. Neither the first nor the last is the server's for certain, and the
 * wrong one counts as many bytes as the client likes: such a line is refused. Where no client asked (`-`), the first is it. Behind the
 * last quote stand columns that may all be `-`; only what the server answered a client is a number there.
 */
function findAnswer(asked: string): RegExpExecArray | Rejection {
  ANSWER.lastIndex = asked.startsWith('"') ? 1 : 0;
  const first = ANSWER.exec(asked);
  if (first === null || (asked.startsWith("-") && first.index !== 0)) return NOT_S3;
  if (asked.startsWith("-")) return first;
  ANSWER.lastIndex = first.index + 1;
  const second = ANSWER.exec(asked);
  if (second === null || asked.startsWith('"-" ')) return first;
  const isTail = second[1] === "-" && second.index === asked.lastIndexOf('"');
  return isTail ? first : TWO_ANSWERS;
}

/** The columns from the version id on. `from` is where the referrer begins, which is quoted or `-`, as the user agent is. */
function findTail(line: string, from: number): string[] {
  const lastQuote = line.lastIndexOf('"');
  if (lastQuote < from) return line.slice(from).split(" ").slice(2);
  const quoted = line.slice(from, lastQuote + 1);
  const rest = line.slice(lastQuote + 2).split(" ");
  const agentIsQuoted = quoted.startsWith("- ") || quoted.includes('" "');
  return agentIsQuoted ? rest : rest.slice(1);
}
