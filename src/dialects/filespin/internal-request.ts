/**
 * The header by which a platform marks requests of its own, which are not usage.
 * @see https://developers.filespin.io/api-reference/usage-stats/usage-stats-api-introduction, read 2026-11-20
 */

/** Its name in lower case. Only the value `true`, in any case, marks a request. */
export const INTERNAL_REQUEST_HEADER = "x-filespin-internal-request";
