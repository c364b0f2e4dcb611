/**
 * The formats with ` [time] "request" status bytes` in every line: common, combined, vhost-combined, fastly-classic.
 */
import { isIP } from "node:net";
import type { Rejection } from "../../rejection.ts";
import { isHost } from "../host-name.ts";
import { FILE_LATENESS_MS, type LogFormat, PUSH_LATENESS_MS } from "../log-format.ts";
import { type LineShape, parseLine } from "../parse-line.ts";

const CLIENT_TO_BYTES = ["client", "identity", "user", "[time]", '"request"', "status", "bytes"] as const;

const APACHE = "https://httpd.apache.org/docs/current/mod/mod_log_config.html (read 2026-11-20)";
const NGINX = "https://nginx.org/en/docs/http/ngx_http_log_module.html (read 2026-11-20)";

const BYTES_LAST: LineShape = {
  first: "client",
  timeIn: "brackets",
  afterBytes: "space-or-end",
  quotedAtEnd: null,
};

const QUOTED_LAST: LineShape = { first: "client", timeIn: "brackets", afterBytes: "space", quotedAtEnd: 2 };

const readAs =
  (shape: LineShape): LogFormat["read"] =>
  (line) =>
    parseLine(line, shape);

/** What Apache calls the Common Log Format. */
export const COMMON: LogFormat = {
  name: "common",
  //       client     identity user  time                        request                              status bytes
  sample: [`192.0.2.17 - alice [20/Nov/2026:09:15:02 +0100] "GET /img/a%20b.jpg?w=200 HTTP/1.1" 200 51234`],
  fields: CLIENT_TO_BYTES,
  see: [APACHE],
  header: "none",
  latenessBoundMs: FILE_LATENESS_MS,
  givesParts: true,
  read: readAs(BYTES_LAST),
};

/** What nginx and Apache write unless they are told otherwise. */
export const COMBINED: LogFormat = {
  name: "combined",
  //       as common, then referrer and user agent
  sample: [
    `192.0.2.17 - - [20/Nov/2026:09:15:02 +0100] "GET /img/caf%C3%A9.jpg HTTP/2.0" 206 65536 "https://www.example.com/" "Demo/1.0 (\\x22quoted\\x22)"`,
  ],
  fields: [...CLIENT_TO_BYTES, '"referrer"', '"user agent"'],
  see: [NGINX, APACHE],
  header: "none",
  latenessBoundMs: FILE_LATENESS_MS,
  givesParts: true,
  read: readAs(QUOTED_LAST),
};

const readBehindHost = readAs({ ...QUOTED_LAST, first: "host" });

const NO_HOST: Rejection = { reason: "malformed", detail: "The line does not begin with a host and an address." };

/** True unless the second column is `-`: then it is the identity of a combined line, and nothing names the host. */
function hasHost(bytes: Buffer): boolean {
  const second = bytes.indexOf(0x20) + 1;
  return second > 1 && !(bytes[second] === 0x2d && bytes[second + 1] === 0x20);
}

/** Longer heads of a line are not looked at. */
const HEAD_BYTES_MAX = 512;

/** A name of the client, where the server looks it up: with dots, as no program of a prefix has. */
const CLIENT_NAME = /^(?:[\w-]+(?:\.[\w-]+)+|localhost)$/;

/** True where a host, an address and two more columns begin the line: others begin with what a transport has written, or a client. */
function beginsWithHost(bytes: Buffer): boolean {
  const [host = "", client = "", , user = "["] = bytes.toString("latin1", 0, HEAD_BYTES_MAX).split(" ", 4);
  return isHost(host) && (isIP(client) !== 0 || CLIENT_NAME.test(client)) && !user.startsWith("[");
}

/** Combined behind the name of the virtual host, with or without its port. */
export const VHOST_COMBINED: LogFormat = {
  name: "vhost-combined",
  //       host, then as combined
  sample: [
    `cdn.example.com:443 2001:db8::7 - - [20/Nov/2026:08:15:02 +0000] "GET /video/intro.mp4 HTTP/1.1" 304 - "-" "curl/8.5.0"`,
  ],
  fields: ["host", ...COMBINED.fields],
  see: [APACHE],
  header: "none",
  latenessBoundMs: FILE_LATENESS_MS,
  givesParts: true,
  isLikely: beginsWithHost,
  read: (line, settings) => (hasHost(line.bytes) ? readBehindHost(line, settings) : NO_HOST),
};

/**
 * Fastly's documented default, `%h %l %u %t "%r" %>s %b`. The time may come without brackets. Edge and shield both write
 * it and nothing tells their lines apart; docs/access-logs.md says what to do.
 */
export const FASTLY_CLASSIC: LogFormat = {
  name: "fastly-classic",
  //       client     identity user time                       request                      status bytes
  sample: [`192.0.2.17 - - [20/Nov/2026:08:15:02 +0000] "GET /img/logo.svg HTTP/1.1" 200 10900`],
  fields: CLIENT_TO_BYTES,
  see: ["https://docs.fastly.com/documentation/reference/api/logging/logshuttle (read 2026-11-20)"],
  header: "none",
  latenessBoundMs: PUSH_LATENESS_MS,
  givesParts: true,
  read: readAs({ ...BYTES_LAST, timeIn: "brackets-or-nothing" }),
};
