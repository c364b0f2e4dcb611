/**
 * The text that names a client's network address -> the address alone. Pure; nothing is looked up.
 */

/** `203.0.113.9:51234` and `[2001:db8::1]:443`, as some proxies write them into X-Forwarded-For; `[2001:db8::1]` too. */
const WITH_PORT = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/;

/**
 * The address without a port and brackets; any other text as it is. Every connection has another port: counted with it, no
 * client would ever come twice, or all of them would be one, depending on which end is taken for the address.
 */
export function toClientAddress(text: string): string {
  const [, bracketed, plain] = WITH_PORT.exec(text) ?? [];
  return bracketed ?? plain ?? text;
}
