/**
 * Who runs the server, as routes know it: the command line on its machine, which reads a secret that only the data folder's
 * owner can read. No token of the catalogue is that, whatever its scopes: each belongs to an organization.
 */
import type { Principal } from "../../model/token.ts";
import { AppError } from "../../platform/errors.ts";

/** The id under which the server knows its own secret. */
const OPERATOR_ID = "own";

/**
 * Throws `access/forbidden` for anybody but the operator. Asked wherever a request names files of the server's machine: an
 * admin of one organization could else read what belongs to another, or to no organization at all.
 */
export function requireOperator(principal: Principal | null): null {
  if (principal?.id === OPERATOR_ID) return null;
  throw new AppError("access/forbidden", "Only the command line on the server's machine may ask this.");
}
