/**
 * A client of FileSpin's usage statistics, written after its public pages.
 * Pages: https://developers.filespin.io/api-reference/usage-stats/usage-stats-api-introduction and those below it (time
 * series, storage, addons, cdn, login, auth), read 2026-11-20. There is no public client package.
 */

/** How a program of the vendor's customers proves who it is: with the JWT of a login, or with an API key. */
export type Credential = { readonly jwt: string } | { readonly apiKey: string };

/** The points of a time series. */
export type Points = readonly { readonly timestamp: number; readonly value: number }[];

/** The answer as the program reads it; which of the fields are there depends on what was asked. */
export type Result = {
  readonly status: number;
  readonly body: {
    readonly jwt: string;
    readonly role_name: string;
    readonly data: Readonly<Record<string, Points>>;
  };
};

/** Reading figures should not change them: requests with this header are not counted (documented). */
const INTERNAL = { "X-FileSpin-Internal-Request": "true" } as const;

type Values = Readonly<Record<string, string | number>>;

/** Builds a client for a base URL. */
export function buildFilespinClient(baseUrl: string, credential: Credential | null = null) {
  const headers = { ...INTERNAL, ...toHeaders(credential) };
  const get = async (path: string, values: Values = {}) => {
    const query = new URLSearchParams(
      Object.entries(values).map(([name, value]): [string, string] => [name, `${value}`]),
    );
    const answer = await fetch(`${baseUrl}${path}${query.size === 0 ? "" : `?${query}`}`, { headers });
    return toResult(answer);
  };
  return {
    login: async (email: string, password: string) => {
      const answer = await fetch(`${baseUrl}/api/v1/login`, {
        method: "POST",
        headers: { ...INTERNAL, "Content-Type": "application/json" },
        body: JSON.stringify({ email, password }),
      });
      return toResult(answer);
    },
    validate: (jwt: string) => get("/api/v1/auth/validate", { _jwt: jwt }),
    stats: (type: string, values: Values = {}) => get(`/api/v1/stats/${type}`, values),
    timeSeries: (type: string, values: Values = {}) => get(`/api/v1/stats/timeseries/${type}`, values),
    users: (values: Values = {}) => get("/api/v1/users", values),
  };
}

function toHeaders(credential: Credential | null): Readonly<Record<string, string>> {
  if (credential === null) return {};
  return "jwt" in credential
    ? { Authorization: `Bearer ${credential.jwt}` }
    : { "X-FileSpin-Api-Key": credential.apiKey };
}

async function toResult(answer: Response): Promise<Result> {
  return { status: answer.status, body: (await answer.json()) as Result["body"] };
}
