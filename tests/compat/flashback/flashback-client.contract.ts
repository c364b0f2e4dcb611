/**
 * A client of Flashback's API, written after its public pages and the notes on its public client.
 * Pages: https://docs.flashback.tech/support-reference/platform-api-reference, read 2026-11-20.
 * Client: GitHub flashbacknetwork/FlashbackClient, class ApiClient, version 0.3.13, commit bcb34e9, looked at 2026-11-20.
 * Its habits are kept: form-encoded queries that say `undefined` for what is not set, the token on every request once
 * it is set, a JSON body parsed only where the answer says that it is JSON, an empty one taken for null.
 */

/** What an answer that is no success is thrown as. */
export class FlashbackError extends Error {
  readonly status: number;
  readonly data: unknown;
  constructor(status: number, data: unknown) {
    super(`HTTP ${status}`);
    this.status = status;
    this.data = data;
  }
}

type Values = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Builds a client for a base URL, which may have a path or a slash at its end. */
export function buildFlashbackClient(baseUrl: string) {
  let token: string | null = null;
  const request = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${baseUrl}${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get("content-type")?.includes("application/json") ?? false;
    const data = isJson && text !== "" ? JSON.parse(text) : null;
    if (!answer.ok) throw new FlashbackError(answer.status, data);
    return data;
  };
  /** A list that is empty sends nothing; anything else is sent as text, `undefined` too. */
  const toQuery = (values: Values): string => {
    const sent = Object.entries(values).filter(([, value]) => !(Array.isArray(value) && value.length === 0));
    const query = new URLSearchParams(sent.map(([name, value]): [string, string] => [name, String(value)]));
    return query.size === 0 ? "" : `?${query}`;
  };
  return {
    setToken: (next: string | null) => {
      token = next;
    },
    login: (email: string, password: string) =>
      request("POST", "/user/login", { email, password, deviceInfo: { userAgent: "test" } }),
    refresh: (refreshToken: string) => request("POST", "/user/refresh", { refresh_token: refreshToken }),
    getBuckets: (workspaceId?: string) =>
      request("GET", `/bucket${toQuery({ workspaceId, walletAddress: undefined })}`),
    createBucket: (body: unknown) => request("POST", "/bucket", body),
    updateBucket: (id: string, body: unknown) => request("PUT", `/bucket/${id}`, body),
    deleteBucket: (id: string) => request("DELETE", `/bucket/${id}`),
    validateBucket: (id: string, body: unknown) => request("POST", `/bucket/${id}/validate`, body),
    getBucketStats: (bucketId: readonly string[] = []) => request("GET", `/bucket/stats${toQuery({ bucketId })}`),
    getUnitStats: (unitId: readonly string[] = []) => request("GET", `/unit/stats${toQuery({ unitId })}`),
    getRepoStats: (repoId: readonly string[] = []) => request("GET", `/repo/stats${toQuery({ repoId })}`),
    getDailyStats: (startDate: Date, endDate: Date, more: Values = {}) =>
      request(
        "GET",
        `/stats/daily${toQuery({ startDate: startDate.toISOString(), endDate: endDate.toISOString(), ...more })}`,
      ),
    getMinuteStats: (startDate: Date, endDate: Date, more: Values = {}) =>
      request(
        "GET",
        `/stats/minute${toQuery({ startDate: startDate.toISOString(), endDate: endDate.toISOString(), ...more })}`,
      ),
    getStorageStats: (values: Values = {}) => request("GET", `/v2/stats/storage${toQuery(values)}`),
    getBreakdown: (by: "buckets" | "repos" | "workspaces", values: Values = {}) =>
      request("GET", `/v2/stats/storage/breakdown/${by}${toQuery(values)}`),
  };
}
