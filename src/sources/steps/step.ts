/**
 * Step: one named decision on the way from a record to a row. The two forms that a step can have, and what it may use.
 */
import type { Catalog } from "../../catalog/catalog.ts";
import type { Submission } from "../intake.ts";
import type { KnownThings } from "../known-things.ts";
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";

/** The bounds that the steps hold records to; fields of the same names stand in the configuration. */
export type StepLimits = {
  /** Lines of some formats may be longer: lineBytesMaxOf of access-log/formats.ts. */
  readonly lineBytesMax: number;
  readonly operationsPerSourceMax: number;
  readonly sourcesPerOrganizationMax: number;
  readonly bucketsPerOrganizationMax: number;
  readonly futureToleranceMs: number;
};

/** What the steps ask of the catalogue. */
export type StepCatalog = Pick<
  Catalog,
  | "readSource"
  | "listSources"
  | "ensureSource"
  | "ensureSourceWithin"
  | "listSpaces"
  | "resolveAssetPaths"
  | "resolveAssetIds"
  | "resolveBuckets"
  | "resolveUsers"
>;

/** What the steps may know beside the record. One context per submission. */
export type StepContext = {
  readonly submission: Submission;
  /** When the submission arrived, UTC ms. */
  readonly arrivedMs: number;
  readonly limits: StepLimits;
  readonly catalog: StepCatalog;
  /** What earlier submissions have learnt from the catalogue. */
  readonly known: KnownThings;
};

/** What those steps use of the context that know about paths. */
export type PathContext = { readonly known: Pick<KnownThings, "paths"> };

/**
 * A step of the list. `record`: looks at one record, without waiting for anything; changes the passage and answers null,
 * or answers why the record is refused. `batch`: sees all passages of the submission, refused ones too, asks the
 * catalogue once for all of them, and sets `rejection` itself.
 */
export type Step =
  | {
      readonly name: string;
      readonly form: "record";
      /** Looks at the record's time: it runs again for a line that asks what was asked before at another one. */
      readonly looksAt?: "time";
      readonly run: (passage: Passage, context: StepContext) => Rejection | null;
    }
  | {
      readonly name: string;
      readonly form: "batch";
      readonly run: (passages: readonly Passage[], context: StepContext) => Promise<void>;
    };
