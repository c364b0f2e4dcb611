/**
 * Health: is the process alive, and can it serve. Both without a token, because orchestrators have none.
 */
import type { FastifyInstance } from "fastify";

/** Something without which requests cannot be served. `ping` resolves when it answers. */
export type HealthCheck = { readonly name: string; ping(): Promise<void> };

/** How long a ping may take: an orchestrator's own patience is mostly between 1 and 5 seconds. */
export const PING_MS_MAX = 2_000;

/** Mounts `/healthz` (this process answers) and `/readyz` (everything that it needs answers too; 503 names what does not). */
export function mountHealth(app: FastifyInstance, checks: readonly HealthCheck[], pingMsMax: number): void {
  const config = { isHealthCheck: true, rateLimit: false } as const;
  app.get("/healthz", { config, schema: { ...HEALTH_DOCS, summary: "The process answers" } }, async () => ({
    status: "ok",
  }));
  app.get(
    "/readyz",
    { config, schema: { ...HEALTH_DOCS, summary: "Store, catalogue and files answer" } },
    async (_, reply) => {
      const results = await Promise.all(checks.map((check) => runCheck(check, pingMsMax)));
      const failed = results.filter((result) => result.status !== "ok");
      reply.code(failed.length === 0 ? 200 : 503);
      return {
        status: failed.length === 0 ? "ok" : "unavailable",
        checks: Object.fromEntries(results.map(({ name, status }) => [name, status])),
      };
    },
  );
}

const HEALTH_DOCS = { tags: ["health"], security: [] };

async function runCheck(check: HealthCheck, pingMsMax: number): Promise<{ name: string; status: string }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${pingMsMax} ms`), pingMsMax);
  });
  try {
    return {
      name: check.name,
      status: await Promise.race([
        check.ping().then(
          () => "ok",
          () => "failed",
        ),
        late,
      ]),
    };
  } finally {
    clearTimeout(timer);
  }
}
