/**
 * Step resolve-sources: makes sure that every source is in the catalogue before anything is counted under its name, and
 * that an organization has no more of them than the configuration allows.
 */
import { OTHER_SOURCE, type Source } from "../../model/source.ts";
import { ANSWER_MS_MAX, thingKey } from "../known-things.ts";
import type { Passage } from "../passage.ts";
import type { StepContext } from "./step.ts";

/**
 * Resolves the sources of all passages, refused ones too: their rejections are counted under a source as well. A record
 * whose source is too many is refused with `too-many-sources` and counted under the submission's source.
 */
export async function resolveSources(passages: readonly Passage[], context: StepContext): Promise<void> {
  const { organization, source } = context.submission;
  const names = new Set([source]);
  for (const passage of passages) names.add(passage.source);
  if (context.submission.format !== "cloudevents") await refreshLog(organization, source, context);
  await createSources(organization, names, context);

  const settings = new Map([...names].map((name) => [name, context.known.sources.get(thingKey(organization, name))]));
  const fallback = settings.get(source) ?? (await ensureOtherSource(context));
  for (const passage of passages) {
    const own = settings.get(passage.source);
    if (own === undefined) {
      passage.rejection ??= { reason: "too-many-sources", detail: tooManyDetail(passage.source, context) };
      passage.source = fallback.name;
    }
    passage.settings = own ?? fallback;
  }
}

/** The settings of a passage's source. Throws before resolveSources has run: a defect of the step list. */
export function settingsOf(passage: Passage): Source {
  if (passage.settings === null) throw new Error(`The source ${passage.source} was used before it was resolved.`);
  return passage.settings;
}

/**
 * Reads the settings of a log anew. Lines come by the thousand, so the question costs nothing; believed for a minute, a
 * corrected rule would go on counting wrongly for a minute.
 */
async function refreshLog(organization: number, name: string, { catalog, known }: StepContext): Promise<void> {
  const source = await catalog.readSource(organization, name);
  if (source !== null) remember(source, known);
}

/** A source that is as it was stays the same object: rules are prepared once for it. */
function remember(source: Source, known: StepContext["known"]): void {
  const key = thingKey(source.organization, source.name);
  const before = known.sources.get(key);
  if (before === undefined || JSON.stringify(before) !== JSON.stringify(source)) known.sources.set(key, source);
}

async function createSources(organization: number, names: Iterable<string>, context: StepContext): Promise<void> {
  const { catalog, known, limits, submission, arrivedMs } = context;
  const isKnown = (name: string): boolean => known.sources.has(thingKey(organization, name));
  const ageMs = arrivedMs - (known.sourcesReadMs.get(organization) ?? Number.NEGATIVE_INFINITY);
  const unknown = [...names].filter((name) => !isKnown(name));
  // A clock that was set back gives a negative age.
  if (unknown.length === 0 && ageMs >= 0 && ageMs < ANSWER_MS_MAX) return;
  const listed = await catalog.listSources(organization);
  for (const source of listed) remember(source, known);
  known.sourcesReadMs.set(organization, arrivedMs);
  const bound = { sourcesMax: limits.sourcesPerOrganizationMax, uncounted: OTHER_SOURCE };
  // Who makes up a thousand names is answered from the list.
  if (listed.filter(({ name }) => name !== OTHER_SOURCE).length >= bound.sourcesMax) return;
  for (const name of unknown) {
    if (isKnown(name)) continue;
    // A source that only an event names is one of events; lines always belong to their submission's source.
    const format = name === submission.source ? submission.format : "cloudevents";
    const source = await catalog.ensureSourceWithin({ organization, name, format }, bound);
    if (source !== null) remember(source, known);
    else {
      // Others of the names may be there since, made by another thread or program: those are none too many.
      for (const one of await catalog.listSources(organization)) remember(one, known);
      return;
    }
  }
}

async function ensureOtherSource(context: StepContext): Promise<Source> {
  const { catalog, known, submission } = context;
  const { organization, format } = submission;
  const key = thingKey(organization, OTHER_SOURCE);
  const other = known.sources.get(key) ?? (await catalog.ensureSource({ organization, name: OTHER_SOURCE, format }));
  known.sources.set(key, other);
  return other;
}

function tooManyDetail(name: string, context: StepContext): string {
  const { sourcesPerOrganizationMax } = context.limits;
  return `The source ${JSON.stringify(name)} is new and the organization has ${sourcesPerOrganizationMax} already.`;
}
