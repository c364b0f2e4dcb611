/**
 * A host as logs write it -> as rules compare it, and what can be one.
 */
import { isIPv6 } from "node:net";

const PORT = /^(.+):\d{1,5}$/;

/** A host as rules see it: lower case, without port. Addresses of IPv6 keep their brackets. */
export function withoutPort(host: string | null): string | null {
  if (host === null || host === "" || host === "-") return null;
  const lower = host.toLowerCase();
  return lower.startsWith("[") ? lower.replace(/\]:\d{1,5}$/, "]") : (PORT.exec(lower)?.[1] ?? lower);
}

// cdn.example.com:443   192.0.2.1   localhost   *.example.com   _   but no number such as 20
const NAME = /^(?!\d+(?::|$))[\w*][\w.*-]*(?::\d{1,5})?$/;

const IN_BRACKETS = /^\[([^\]]*)\](?::\d{1,5})?$/;

/**
 * True for the name or address of a host, with or without port. Not for what a client may have sent in its place, such as
 * `203.0.113.9,198.51.100.7`, nor for what transports write.
 */
export function isHost(text: string): boolean {
  return NAME.test(text) || isIPv6(IN_BRACKETS.exec(text)?.[1] ?? text);
}
