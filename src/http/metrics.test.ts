/**
 * Who may read /metrics, and what an answer is measured as.
 */
import { describe, expect, it } from "vitest";
import type { AnswerFigures, MetricsAccess, ServerMetrics } from "./metrics.ts";
import { buildSmallServer } from "./small-dialect.contract.ts";

async function ask(
  access: MetricsAccess | null,
  from: { remoteAddress?: string; headers?: Record<string, string> } = {},
) {
  const figures: ServerMetrics = {
    observeAnswer: () => {},
    read: async () => ({ contentType: "text/plain; version=0.0.4", text: "up 1\n" }),
  };
  const server = buildSmallServer(access === null ? {} : { metrics: { figures, access } });
  const answer = await server.inject({ method: "GET", url: "/metrics", ...from });
  await server.close();
  return answer;
}

describe("mountMetrics", () => {
  it("answers this machine without a token", async () => {
    for (const remoteAddress of ["127.0.0.1", "::1", "::ffff:127.0.0.1"]) {
      const answer = await ask("loopback", { remoteAddress });
      expect([answer.statusCode, answer.body]).toEqual([200, "up 1\n"]);
      expect(answer.headers["content-type"]).toContain("version=0.0.4");
    }
  });

  it("refuses other machines, and proxies on this one that ask for others", async () => {
    expect((await ask("loopback", { remoteAddress: "10.0.0.9" })).statusCode).toBe(403);
    expect((await ask("loopback", { headers: { "x-forwarded-for": "10.0.0.9" } })).statusCode).toBe(403);
    expect((await ask("loopback", { headers: { forwarded: "for=10.0.0.9" } })).statusCode).toBe(403);
  });

  it("answers everyone where that is set, and is not there where nobody may", async () => {
    expect((await ask("everyone", { remoteAddress: "10.0.0.9" })).statusCode).toBe(200);
    expect((await ask("nobody")).statusCode).toBe(404);
    expect((await ask(null)).statusCode).toBe(404);
  });
});

describe("measureAnswers", () => {
  it("names the pattern of a path and never what a client made up", async () => {
    const seen: AnswerFigures[] = [];
    const figures: ServerMetrics = {
      observeAnswer: (answer) => seen.push(answer),
      read: async () => ({ contentType: "text/plain", text: "" }),
    };
    const server = buildSmallServer({ metrics: { figures, access: "nobody" } });
    await server.inject({ method: "GET", url: "/checked/17", headers: { authorization: "Bearer unknown" } });
    await server.inject({ method: "GET", url: "/no/such/path" });
    await server.inject({ method: "GET", url: "/healthz" });
    await server.close();
    expect(seen.map(({ method, route, status }) => `${method} ${route} ${status}`)).toEqual([
      "GET /checked/:id 401",
      "GET unknown 404",
      "GET /healthz 200",
    ]);
    expect(seen.every(({ durationMs }) => durationMs >= 0)).toBe(true);
  });
});
