/**
 * GET /metrics: figures of the whole server for Prometheus, and the time that each answer took, by endpoint.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { AppError } from "../platform/errors.ts";

/** Who may read `/metrics`. */
export type MetricsAccess = "loopback" | "everyone" | "nobody";

/** What the server measures itself with. */
export interface ServerMetrics {
  /** Takes one answer. `route` is the pattern of its path, or `unknown`: never what a client made up. */
  observeAnswer(answer: AnswerFigures): void;
  /** All figures as text. */
  read(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** One answer. */
export type AnswerFigures = {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
};

/** Headers by which a proxy says for whom it asks. Behind one on the same machine every client looks local. */
const FORWARDED_HEADERS = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/** Measures every answer of `app`. */
export function measureAnswers(app: FastifyInstance, metrics: ServerMetrics | null): void {
  if (metrics === null) return;
  app.addHook("onResponse", async (request, reply) => {
    const { route, isHealthCheck } = request.routeOptions.config;
    metrics.observeAnswer({
      method: request.method,
      route: route?.path ?? (isHealthCheck ? request.routeOptions.url : undefined) ?? "unknown",
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
    });
  });
}

/**
 * Mounts `/metrics`. No token opens it: its figures are those of all organizations together, and every token belongs to
 * one of them.
 */
export function mountMetrics(app: FastifyInstance, metrics: ServerMetrics | null, access: MetricsAccess): void {
  if (metrics === null || access === "nobody") return;
  const config = { isHealthCheck: true, rateLimit: false } as const;
  const schema = { tags: ["health"], security: [], summary: "Figures of this server for Prometheus" };
  app.get("/metrics", { config, schema }, async (request, reply) => {
    if (access === "loopback" && !isFromThisMachine(request)) {
      throw new AppError("access/forbidden", "Only this machine may read /metrics; see ASSETMETER_METRICS_ACCESS.");
    }
    const { contentType, text } = await metrics.read();
    return reply.header("content-type", contentType).header("cache-control", "no-store").send(text);
  });
}

function isFromThisMachine({ ip, headers }: FastifyRequest): boolean {
  return LOOPBACK.test(ip) && FORWARDED_HEADERS.every((name) => headers[name] === undefined);
}
