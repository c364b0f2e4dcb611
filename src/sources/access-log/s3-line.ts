/**
 * One line of an S3 server access log -> its columns. Quotes in referrer and user agent are not escaped, so columns are
 * found from both ends: up to the time taken from the left, from the version id on behind the last quote.
 */

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

// The times are digits, or a line with a bad status would be read from a later quote on, with other columns as its bytes.
//     owner bucket [time] ip requester request-id operation key "uri" or -, status error sent size time turn-around
const HEAD =
  /^\S+ (\S+) \[([^\]]*)\] \S+ (?:"[^"]*"|\S+) (\S+) (\S+) (\S+) (-|"[\s\S]*?") (\d{3}|-) (\S+) (\S+) (\S+) (?:\d+|-) (?:\d+|-) (?=["-])/;

/** The columns of a line, or null when it has fewer than 17 or not their shape. */
export function parseS3Columns(line: string): S3Columns | null {
  const head = HEAD.exec(line);
  if (head === null) return null;
  const [all, bucket, time, requestId, operation, key, uri, status, , bytesSent, objectSize] =
    head as unknown as string[];
  const tail = findTail(line, (all as string).length);
  return {
    bucket: bucket as string,
    time: time as string,
    requestId: requestId as string,
    operation: operation as string,
    key: key as string,
    requestUri: (uri as string).startsWith('"') ? (uri as string).slice(1, -1) : "-",
    status: status as string,
    bytesSent: bytesSent as string,
    objectSize: objectSize as string,
    versionId: tail[0] ?? "-",
    hostHeader: tail[5] ?? "-",
  };
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
