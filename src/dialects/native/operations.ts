/**
 * POST /usage/v1/rebuild, /backups, /store-report and /exports: what the command line asks of the server that holds the
 * data directory. All touch every organization, so no token of an organization may ask: only who can read the server's own file may.
 */
import { Type } from "typebox";
import { EXPORT_FORMATS, type ExportOrder, type Operations } from "../../model/operations.ts";
import type { Route } from "../../model/route.ts";
import { AppError } from "../../platform/errors.ts";
import { requireOperator } from "./require-operator.ts";

const REFUSALS = {
  401: { description: "No valid token" },
  403: { description: "Only the command line on the server's machine may ask this" },
  503: { description: "The store does not answer" },
};

/** Recomputes the roll-ups. */
export function buildRebuildRoute({ operations }: { readonly operations: Operations }): Route<null> {
  return {
    method: "POST",
    path: "/usage/v1/rebuild",
    scope: "admin",
    summary: "Compute every roll-up anew (operator)",
    responses: {
      200: {
        description: "What differed before: nothing",
        schema: Type.Object({
          differences: Type.Array(
            Type.Object({
              table: Type.String(),
              key: Type.Record(Type.String(), Type.Unknown()),
              measure: Type.String(),
              stored: Type.Integer(),
              recomputed: Type.Integer(),
            }),
          ),
          isCut: Type.Boolean(),
          comparedFrom: Type.Record(Type.String(), Type.Integer()),
        }),
      },
      ...REFUSALS,
    },
    readParameters: ({ principal }) => requireOperator(principal),
    answer: async () => ({ status: 200, body: await operations.rebuild() }),
  };
}

/** Writes a backup on the server's machine. */
export function buildBackupRoute({ operations }: { readonly operations: Operations }): Route<string> {
  return {
    method: "POST",
    path: "/usage/v1/backups",
    scope: "admin",
    summary: "Copy store, catalogue and files of one moment to a folder (operator)",
    body: {
      mediaTypes: ["application/json"],
      schema: Type.Object({ directory: Type.String({ description: "An absolute path; not there yet, or empty." }) }),
    },
    responses: {
      200: {
        description: "The backup is whole and under its name",
        schema: Type.Object({
          directory: Type.String(),
          files: Type.Integer(),
          bytes: Type.Integer(),
          leftOut: Type.Union([Type.String(), Type.Null()], {
            description: "The bucket whose asset files are not in the backup: copy it, or have it keep versions.",
          }),
        }),
      },
      409: { description: "The folder is not empty, or another backup is being written" },
      ...REFUSALS,
    },
    readParameters: ({ principal, body }) => {
      requireOperator(principal);
      const { directory } = (body ?? {}) as { readonly directory?: unknown };
      if (typeof directory === "string" && directory.startsWith("/")) return directory;
      throw new AppError("request/invalid", "directory must be an absolute path.");
    },
    answer: async (directory) => ({ status: 200, body: await operations.backUp(directory) }),
  };
}

const COUNT = Type.Integer({ minimum: 0 });
const COUNTS = Type.Record(Type.String(), COUNT);

/** Looks at the store. POST, because it takes the operator's secret and is no resource of an organization. */
export function buildStoreReportRoute({ operations }: { readonly operations: Operations }): Route<null> {
  return {
    method: "POST",
    path: "/usage/v1/store-report",
    scope: "admin",
    summary: "Sizes, rows, compaction debt and the slowest queries of the store (operator)",
    responses: {
      200: {
        description: "As `assetmeter doctor` shows it; times in milliseconds",
        schema: Type.Object({
          engine: Type.String(),
          bytesOnDisk: COUNT,
          bytesUsed: COUNT,
          rows: COUNTS,
          unclusteredRows: COUNTS,
          waitingFacts: COUNT,
          keptFrom: Type.Record(Type.String(), Type.Integer()),
          rememberedFromMs: Type.Integer(),
          clockAheadMs: COUNT,
          slowQueries: Type.Array(
            Type.Object({
              durationMs: Type.Number(),
              timeMs: Type.Integer(),
              query: Type.Record(Type.String(), Type.Unknown()),
              plan: Type.Array(Type.String()),
            }),
          ),
          miscounts: Type.Array(
            Type.Object({
              organization: Type.Integer(),
              source: Type.String(),
              outcome: Type.String(),
              counted: Type.Integer(),
              found: Type.Integer(),
              against: Type.String(),
              sinceMs: Type.Union([Type.Integer(), Type.Null()]),
            }),
          ),
        }),
      },
      ...REFUSALS,
    },
    readParameters: ({ principal }) => requireOperator(principal),
    answer: async () => ({ status: 200, body: await operations.describe() }),
  };
}

/** Writes facts of a range to a file on the server's machine. */
export function buildExportRoute({ operations }: { readonly operations: Operations }): Route<ExportOrder> {
  return {
    method: "POST",
    path: "/usage/v1/exports",
    scope: "admin",
    summary: "Write the facts of a range to a Parquet or CSV file (operator)",
    body: {
      mediaTypes: ["application/json"],
      schema: Type.Object({
        file: Type.String({ description: "An absolute path; nothing is there yet." }),
        format: Type.Union(EXPORT_FORMATS.map((format) => Type.Literal(format))),
        startMs: Type.Integer({ description: "UTC milliseconds." }),
        endMs: Type.Integer({ description: "UTC milliseconds, not part of the range." }),
        organization: Type.Union([Type.Integer(), Type.Null()], { description: "null: every organization." }),
      }),
    },
    responses: {
      200: {
        description: "The file is written",
        schema: Type.Object({ file: Type.String(), rows: COUNT, bytes: COUNT }),
      },
      409: { description: "The file is there already" },
      ...REFUSALS,
    },
    readParameters: ({ principal, body }) => {
      requireOperator(principal);
      return readExportOrder((body ?? {}) as Readonly<Record<string, unknown>>);
    },
    answer: async (order) => ({ status: 200, body: await operations.exportUsage(order) }),
  };
}

function readExportOrder({
  file,
  format,
  startMs,
  endMs,
  organization,
}: Readonly<Record<string, unknown>>): ExportOrder {
  const known = EXPORT_FORMATS.find((one) => one === format);
  const isTime = (value: unknown): value is number => Number.isSafeInteger(value);
  const isOrganization = (value: unknown): value is number | null => value === null || Number.isSafeInteger(value);
  if (typeof file !== "string" || !file.startsWith("/")) {
    throw new AppError("request/invalid", "file must be an absolute path.");
  }
  if (known === undefined) throw new AppError("request/invalid", "format must be parquet or csv.");
  if (!isTime(startMs) || !isTime(endMs)) {
    throw new AppError("request/invalid", "startMs and endMs must be whole numbers of milliseconds.");
  }
  if (!isOrganization(organization)) {
    throw new AppError("request/invalid", "organization must be the id of an organization, or null for all.");
  }
  return { file, format: known, startMs, endMs, organization };
}
