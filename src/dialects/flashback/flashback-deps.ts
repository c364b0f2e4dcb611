/**
 * What Flashback's routes use of what every dialect is given.
 */
import type { DialectDeps } from "../dialect.ts";

/**
 * The catalogue says which buckets there are and who may see them; the query says what they counted; sessions log people in; `limits` say
 * how many rows an answer may have.
 */
export type FlashbackDeps = Pick<DialectDeps, "catalog" | "runQuery" | "sessions" | "clock" | "limits">;
