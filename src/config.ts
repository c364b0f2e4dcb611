/**
 * Configuration: the only reader of the environment and of the configuration file.
 */

/** Everything that can be set. Each part of the program gets only the fields it needs. docs/config.md lists them. */
export type Config = {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  /** Scheme and authority under which clients reach the server, or null to take the request's own. */
  readonly publicUrl: string | null;
  readonly logLevel: "trace" | "debug" | "info" | "warn" | "error" | "silent";
  readonly bodyBytesMax: number;
  readonly eventBytesMax: number;
  readonly batchRecordsMax: number;
  readonly lineBytesMax: number;
  readonly operationsPerSourceMax: number;
  readonly sourcesPerOrganizationMax: number;
  readonly futureToleranceMs: number;
  readonly commitRowsMax: number;
  readonly queueRecordsMax: number;
  readonly dedupeHorizonDays: number;
  /** Days that raw rows are kept, never fewer than the dedupe horizon; 0 keeps them for good. */
  readonly rawRetentionDays: number;
  readonly queryRowsMax: number;
  readonly queryDaysMax: number;
  readonly storeMemoryBytesMax: number;
  readonly storeThreads: number;
};
