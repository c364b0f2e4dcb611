/**
 * A host as logs write it -> as rules compare it.
 */

const PORT = /^(.+):\d{1,5}$/;

/** A host as rules see it: lower case, without port. Addresses of IPv6 keep their brackets. */
export function withoutPort(host: string | null): string | null {
  if (host === null || host === "" || host === "-") return null;
  const lower = host.toLowerCase();
  return lower.startsWith("[") ? lower.replace(/\]:\d{1,5}$/, "]") : (PORT.exec(lower)?.[1] ?? lower);
}
