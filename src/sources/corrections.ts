/**
 * Corrections on their way to the store: ids become identities, and replacements pass the same steps as new events, so
 * that nothing can be corrected into the numbers that could not have been sent.
 */
import type { Catalog } from "../catalog/catalog.ts";
import { identityOf } from "../meter/measure.ts";
import type { CorrectionAnswer, CorrectionRequest, Corrections } from "../model/correction.ts";
import { positionOf } from "../model/raw-record.ts";
import type { Clock } from "../platform/clock.ts";
import { AppError } from "../platform/errors.ts";
import type { CorrectionOrder } from "../store/correction-order.ts";
import type { UsageStore } from "../store/usage-store.ts";
import { buildKnownThings } from "./known-things.ts";
import { buildPassage, type Passage } from "./passage.ts";
import { runSteps } from "./pipeline.ts";
import { buildPreviewCatalog } from "./preview-catalog.ts";
import { toRow } from "./steps/measure-event.ts";
import type { StepContext, StepLimits } from "./steps/step.ts";

/** What corrections are made with. */
export type CorrectionParts = {
  readonly store: UsageStore;
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly limits: StepLimits;
};

/** The store's order without what every order has. */
type Change = Pick<CorrectionOrder, "source" | "target" | "replacements"> & { readonly ids: readonly string[] };

/** The source of replacements that name none; they are refused. */
const UNNAMED_SOURCE = "events";

/** Builds the corrections of a process. Store and catalogue stay the caller's to close. */
export function buildCorrections(parts: CorrectionParts): Corrections {
  const { store, clock } = parts;
  const known = buildKnownThings(clock);

  async function toChange({ organization, change, isPreview }: CorrectionRequest): Promise<Change> {
    if (change.action === "replace") {
      // Looked at first as a preview: the steps register what events name, also where one of them is refused in the end.
      const previewed = { known: buildKnownThings(clock), catalog: buildPreviewCatalog(parts.catalog) };
      const preview = toReplacement(await readEvents(organization, change.events, previewed), organization);
      if (isPreview) return preview;
      const passages = await readEvents(organization, change.events, { known, catalog: parts.catalog });
      return toReplacement(passages, organization);
    }
    const { source, target } = change;
    if (target.by === "range") return { source, target, replacements: [], ids: [] };
    const ids = [...new Set(target.ids)];
    const identities = ids.map((id) => identityOf(organization, source, id));
    return { source, target: { by: "ids", identities }, replacements: [], ids };
  }

  async function readEvents(
    organization: number,
    events: readonly unknown[],
    asked: Pick<StepContext, "known" | "catalog">,
  ): Promise<readonly Passage[]> {
    const submission = {
      organization,
      source: UNNAMED_SOURCE,
      format: "cloudevents",
      space: null,
      allowedSpaces: null,
      records: events.map((value, index) => ({ form: "event", value, position: `index ${index}` }) as const),
      checkpoint: null,
    } as const;
    const passages = submission.records.map((record) => buildPassage(record, submission));
    await runSteps(passages, { submission, arrivedMs: clock.now(), limits: parts.limits, ...asked });
    return passages;
  }

  return {
    async correct(request): Promise<CorrectionAnswer> {
      const { organization, reason, author, isPreview } = request;
      const { ids, ...change } = await toChange(request);
      const order = { organization, ...change, reason, author, madeMs: clock.now(), isPreview };
      const outcome = await store.correct(order);
      const changed = new Set(outcome.changed);
      return {
        number: outcome.number,
        source: change.source,
        events: outcome.events,
        change: outcome.change,
        ids: ids.map((id, index) => ({ id, isChanged: changed.has(index) })),
      };
    },
    list: (organization) => store.readCorrections(organization),
    async revert(order) {
      const reverted = await store.revertCorrection({ ...order, madeMs: clock.now() });
      if (reverted === null) throw new AppError("catalog/not-found", `There is no correction ${order.number}.`);
      return reverted;
    },
    lookUp: (organization, source, ids) =>
      store.readEvents(
        organization,
        ids.map((id) => identityOf(organization, source, id)),
      ),
  };
}

/** All or nothing: a replacement of which one half is refused would leave numbers that nobody asked for. */
function toReplacement(passages: readonly Passage[], organization: number): Change {
  const refused = passages.find((passage) => passage.rejection !== null);
  if (refused !== undefined) {
    const { reason, detail } = refused.rejection ?? { reason: "", detail: "" };
    throw invalid(`The event at ${positionOf(refused.record)} cannot be counted (${reason}): ${detail}`);
  }
  const source = passages[0]?.source ?? UNNAMED_SOURCE;
  const ids = passages.map((passage) => passage.id);
  if (new Set(ids).size < ids.length) throw invalid("Two of the events have one id.");
  if (passages.some((passage) => passage.source !== source)) throw invalid("The events are of several sources.");
  return {
    source,
    target: { by: "ids", identities: ids.map((id) => identityOf(organization, source, id)) },
    replacements: passages.map(toRow),
    ids,
  };
}

function invalid(message: string): AppError {
  return new AppError("request/invalid", `${message} Nothing was changed.`);
}
