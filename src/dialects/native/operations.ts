/**
 * POST /usage/v1/rebuild and /usage/v1/backups: what the command line asks of the server that holds the data directory.
 * Both touch every organization, so no token of an organization may ask: only who can read the server's own file may.
 */
import { Type } from "typebox";
import type { Operations } from "../../model/operations.ts";
import type { Route } from "../../model/route.ts";
import type { Principal } from "../../model/token.ts";
import { AppError } from "../../platform/errors.ts";

/** The id of the principal that a server's own secret stands for; tokens have other ids. */
const OPERATOR_ID = "own";

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
        }),
      },
      ...REFUSALS,
    },
    readParameters: ({ principal }) => requireOperator(principal),
    answer: async () => ({ status: 200, body: { differences: await operations.rebuild() } }),
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
        schema: Type.Object({ directory: Type.String(), files: Type.Integer(), bytes: Type.Integer() }),
      },
      409: { description: "The folder is not empty" },
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

function requireOperator(principal: Principal | null): null {
  if (principal?.id === OPERATOR_ID) return null;
  throw new AppError("access/forbidden", "Only the command line on the server's machine may ask this.");
}
