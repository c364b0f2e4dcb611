/**
 * POST /usage/v1/minio: the audit webhook of a MinIO server. Its sender repeats what is not answered with 2xx, so the
 * answer comes after the commit.
 */
import { Type } from "typebox";
import type { Route, RouteRequest } from "../../model/route.ts";
import { AppError, assertInvariant } from "../../platform/errors.ts";
import type { DialectDeps } from "../dialect.ts";

/** Where a MinIO server sends its entries. */
export const MINIO_PATH = "/usage/v1/minio";

/** What the lines are counted under where the webhook's address does not say. */
const SOURCE = "minio";

const TOTALS = Type.Object({
  received: Type.Integer({ description: "accepted + duplicates + rejected." }),
  accepted: Type.Integer(),
  duplicates: Type.Integer(),
  rejected: Type.Integer(),
});

type Parameters = { readonly source: string };

/** Builds the route. Authorization headers and claims of the entries are read by nobody and go nowhere. */
export function buildMinioRoute(deps: Pick<DialectDeps, "importLog">): Route<Parameters> {
  return {
    method: "POST",
    path: MINIO_PATH,
    scope: "ingest",
    summary: "Take audit entries of a MinIO server in",
    description: "The webhook's `auth_token` is a token with the scope `ingest`. One entry per request, or several.",
    query: Type.Object(
      { source: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: "Default: minio." })) },
      { additionalProperties: false },
    ),
    body: "stream",
    countsAsApi: false,
    responses: { 200: { description: "Everything is committed or refused for good.", schema: TOTALS } },
    readParameters: ({ values }) => ({ source: (values as Partial<Parameters>).source ?? SOURCE }),
    answer: async ({ source }, request) => {
      const { principal } = request;
      assertInvariant(principal !== null, "the route needs a scope");
      const { received, accepted, duplicates, rejected } = await deps.importLog({
        ...{ organization: principal.organization, source, format: "minio-audit" },
        ...{
          space: null,
          defaultSpace: null,
          allowedSpaces: principal.spaces,
          name: "webhook",
          bytes: endLine(readBody(request)),
        },
      });
      return { status: 200, body: { received, accepted, duplicates, rejected } };
    },
  };
}

function readBody({ body }: RouteRequest): AsyncIterable<Uint8Array> {
  if (body === undefined || body === null) throw new AppError("request/invalid", "Send the entries as the body.");
  return body as AsyncIterable<Uint8Array>;
}

/** An entry is sent without a line end; the request's end is its end. */
async function* endLine(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* body;
  yield Buffer.from("\n");
}
