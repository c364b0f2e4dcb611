/**
 * What the operator of a server may ask of it as a whole, beyond any organization: recompute, and copy everything.
 */

/** A roll-up whose sums were not those of the raw rows. */
export type RollupMismatch = {
  readonly table: string;
  readonly key: Readonly<Record<string, number | string | null>>;
  readonly measure: string;
  readonly stored: bigint;
  readonly recomputed: bigint;
};

/** A backup that was written. */
export type BackupSummary = { readonly directory: string; readonly files: number; readonly bytes: number };

/** Work on everything that a server holds. */
export interface Operations {
  /** Computes every roll-up anew and answers what differed before; empty when nothing did. */
  rebuild(): Promise<readonly RollupMismatch[]>;
  /** Copies store, catalogue and files as of one moment to a folder that is not there or empty. */
  backUp(directory: string): Promise<BackupSummary>;
}
