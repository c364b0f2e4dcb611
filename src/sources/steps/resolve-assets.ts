/**
 * Step resolve-assets: path or id of an asset -> an asset that is in the catalogue, before usage that names it is stored.
 */
import { assetPathKey, thingKey } from "../known-things.ts";
import type { Passage } from "../passage.ts";
import type { Rejection } from "../rejection.ts";
import { settingsOf } from "./resolve-sources.ts";
import { maySend } from "./resolve-spaces.ts";
import type { StepContext } from "./step.ts";

/** Resolves all assets of a submission; at most four questions, whatever its length. */
export async function resolveAssets(passages: readonly Passage[], context: StepContext): Promise<void> {
  for (const register of [true, false]) {
    const asked = passages.filter(
      (passage) => passage.rejection === null && mayRegister(passage, context) === register,
    );
    await resolvePaths(
      asked.filter((passage) => passage.assetPath !== null),
      register,
      context,
    );
    await resolveIds(
      asked.filter((passage) => passage.assetPath === null && passage.asset !== null),
      register,
      context,
    );
  }
}

/** A sender that is limited to spaces registers nothing outside of them. */
function mayRegister(passage: Passage, context: StepContext): boolean {
  if (context.submission.allowedSpaces !== null && passage.space === null) return false;
  return settingsOf(passage).registersUnknown;
}

async function resolvePaths(passages: readonly Passage[], register: boolean, context: StepContext): Promise<void> {
  const found = new Map<number | null, Map<string, number | null>>();
  const asked: { space: number | null; path: string }[] = [];
  for (const { organization, space, assetPath } of passages) {
    let ids = found.get(space);
    if (ids === undefined) {
      ids = new Map();
      found.set(space, ids);
    }
    const path = assetPath as string;
    if (ids.has(path)) continue;
    const known = context.known.assetPaths.get(assetPathKey(organization, space, path));
    ids.set(path, known ?? null);
    if (known === undefined) asked.push({ space, path });
  }
  if (asked.length > 0) {
    const { organization } = context.submission;
    const answers = await context.catalog.resolveAssetPaths(organization, asked, register);
    for (const [i, { space, path }] of asked.entries()) {
      const id = answers[i];
      if (id === null || id === undefined) continue;
      found.get(space)?.set(path, id);
      context.known.assetPaths.set(assetPathKey(organization, space, path), id);
    }
  }
  for (const passage of passages) {
    passage.asset = found.get(passage.space)?.get(passage.assetPath as string) ?? null;
    if (passage.asset === null) passage.rejection = unknownAsset(passage.assetPath as string);
  }
}

async function resolveIds(passages: readonly Passage[], register: boolean, context: StepContext): Promise<void> {
  const { organization } = context.submission;
  const found = new Map<number, { readonly space: number | null }>();
  const asked = new Map<number, { id: number; space: number | null }>();
  for (const { asset, space } of passages) {
    const id = asset as number;
    if (found.has(id) || asked.has(id)) continue;
    const known = context.known.assetSpaces.get(thingKey(organization, id));
    if (known !== undefined) found.set(id, known);
    else asked.set(id, { id, space });
  }
  if (asked.size > 0) {
    for (const [id, answer] of await context.catalog.resolveAssetIds(organization, [...asked.values()], register)) {
      found.set(id, answer);
      context.known.assetSpaces.set(thingKey(organization, id), answer);
    }
  }
  for (const passage of passages) takeSpace(passage, found.get(passage.asset as number), context);
}

/** Refuses an asset that is not there; otherwise gives the record the asset's space unless it names one itself. */
function takeSpace(
  passage: Passage,
  answer: { readonly space: number | null } | undefined,
  context: StepContext,
): void {
  // An asset of a space that is not the sender's answers as an unknown one, or its existence would show.
  if (answer === undefined || (answer.space !== null && !maySend(answer.space, context))) {
    passage.rejection = unknownAsset(String(passage.asset));
  } else if (!passage.namesSpace) {
    passage.space = answer.space ?? passage.space;
  }
}

function unknownAsset(name: string): Rejection {
  return { reason: "unknown-asset", detail: `The asset ${JSON.stringify(name)} is not in the catalogue.` };
}
