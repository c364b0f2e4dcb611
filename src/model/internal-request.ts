/**
 * The header by which a platform marks requests of its own, which are not usage. Here and not in the vendor's folder, as it is
 * looked for in what this server answers and in the logs of others alike.
 * @see https://developers.filespin.io/api-reference/usage-stats/usage-stats-api-introduction, read 2026-11-20
 */

/** Its name in lower case. */
export const INTERNAL_REQUEST_HEADER = "x-filespin-internal-request";

/** True for the one value that marks a request: `true`, in any case. Several in one header are none. */
export function marksInternal(value: string | undefined): boolean {
  return value?.trim().toLowerCase() === "true";
}
