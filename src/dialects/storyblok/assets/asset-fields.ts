/**
 * What a request says of an asset → AssetFields: the writable fields of the asset object, everything else ignored.
 * Clients send whole objects back, with ids, addresses and an empty list for metadata. Whether folder and tags are there
 * is asked in asset-places.ts.
 * @see https://www.storyblok.com/docs/api/management/assets/update-an-asset "Update an Asset", read 2026-11-20
 */
import type { AssetFields } from "../../../catalog/catalog.ts";
import { MIRRORED_FIELDS } from "../asset-object.ts";
import { parseWrittenTime } from "../dates.ts";
import type { FieldFault, ReadFields } from "../errors.ts";
import { toObject, type WireParameters } from "../parameters.ts";
import { type Read, readBooleanValue, readIds, readIntegerValue, readTextValue } from "../wire-values.ts";

/** Bytes of a text in UTF-8, and of all metadata of one request as JSON; what the catalogue takes. */
const TEXT_BYTES_MAX = 65_536;

/**
 * Levels of objects and lists in metadata; the object itself is the first. JSON.stringify runs out of stack at
 * 4,458 (Node 24 with an empty stack), which is 9 KB of brackets; no form that people fill in comes near 100.
 */
const META_DATA_LEVELS_MAX = 100;

/** The text of the fault that names a folder or tag which the space does not have. */
export const NOT_IN_SPACE = "does not exist in this space";

type Fields = { -readonly [Key in keyof AssetFields]: AssetFields[Key] };

/**
 * The fields that a request sets. Keys that are absent are left out; `null` empties a text or a time and means the root
 * for a folder. The four texts of the default language may stand in `meta_data` as well, which wins where both are
 * sent: clients send an empty `alt` beside `meta_data: {alt: "New"}`. Every field that cannot be read is a fault.
 */
export function readAssetFields(sent: WireParameters): ReadFields<AssetFields> {
  const faults: FieldFault[] = [];
  const metaData = readMetaData(sent, faults);
  const fields: Fields = {
    ...readTexts({ ...pick(sent, Object.keys(TEXT_FIELDS)), ...pick(metaData, MIRRORED_FIELDS) }, faults),
    ...readTimes(sent, faults),
    ...readPlaces(sent, faults),
  };
  const isPrivate = readBooleanValue(sent.is_private);
  if (isPrivate === "invalid") faults.push({ field: "is_private", text: "is invalid" });
  else if (isPrivate !== "absent") fields.isPrivate = isPrivate.value;
  const others = Object.entries(metaData).filter(([key]) => !MIRRORED_FIELDS.some((field) => field === key));
  if (others.length > 0) fields.metaData = Object.fromEntries(others);
  return { fields, faults };
}

function pick(from: WireParameters, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(from, name)).map((name) => [name, from[name]]));
}

/** Metadata as an object; an empty list is how PHP and old packages write an empty one. */
function readMetaData(sent: WireParameters, faults: FieldFault[]): WireParameters {
  const value = sent.meta_data;
  if (value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)) return {};
  const object = toObject(value);
  if (object === null) faults.push({ field: "meta_data", text: "is invalid" });
  else if (isDeeperThan(META_DATA_LEVELS_MAX, object))
    faults.push({ field: "meta_data", text: "is nested too deeply" });
  else if (Buffer.byteLength(JSON.stringify(object)) > TEXT_BYTES_MAX) faults.push(tooLong("meta_data"));
  return object ?? {};
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}

const TEXT_FIELDS = {
  alt: "alt",
  title: "title",
  copyright: "copyright",
  source: "source",
  focus: "focus",
  ext_id: "extId",
} as const satisfies Record<string, keyof AssetFields>;

function readTexts(sent: WireParameters, faults: FieldFault[]): Partial<Fields> {
  const fields: Partial<Fields> = {};
  for (const [name, field] of Object.entries(TEXT_FIELDS)) {
    if (sent[name] === undefined) continue;
    const text = readTextValue(sent[name]);
    if (text === "absent") fields[field] = null;
    else if (text === "invalid" || !isClean(text.value)) faults.push({ field: name, text: "is invalid" });
    else if (Buffer.byteLength(text.value) > TEXT_BYTES_MAX) faults.push(tooLong(name));
    else fields[field] = text.value;
  }
  return fields;
}

/** NUL ends the search for texts and cannot be stored everywhere; a lone surrogate would come back as another letter. */
export function isClean(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

function tooLong(field: string): FieldFault {
  return { field, text: `is too long (maximum is ${TEXT_BYTES_MAX} bytes)` };
}

function readTimes(sent: WireParameters, faults: FieldFault[]): Partial<Fields> {
  const fields: Partial<Fields> = {};
  for (const [name, field] of [
    ["expire_at", "expireAtMs"],
    ["publish_at", "publishAtMs"],
  ] as const) {
    if (sent[name] === undefined) continue;
    const timeMs = toTime(readTextValue(sent[name]));
    if (timeMs === undefined) faults.push({ field: name, text: "is invalid" });
    else fields[field] = timeMs;
  }
  return fields;
}

/** Null for none, undefined for a text that is no time. */
function toTime(text: Read<string>): number | null | undefined {
  if (text === "absent") return null;
  if (text === "invalid") return undefined;
  if (text.value.trim() === "") return null;
  const time = parseWrittenTime(text.value.trim());
  return time === null || time.startMs < 0 ? undefined : time.startMs;
}

/** An id that no folder or tag can have names one that the space does not have. */
function readPlaces(sent: WireParameters, faults: FieldFault[]): Partial<Fields> {
  const fields: Partial<Fields> = {};
  if (sent.asset_folder_id !== undefined) {
    const folder = readFolderId(sent.asset_folder_id);
    if (folder === undefined) faults.push({ field: "asset_folder_id", text: NOT_IN_SPACE });
    else fields.folder = folder;
  }
  if (sent.internal_tag_ids !== undefined) {
    const ids = readIds(sent.internal_tag_ids);
    if (ids.includes(null)) faults.push({ field: "internal_tag_ids", text: NOT_IN_SPACE });
    else fields.tagIds = ids as readonly number[];
  }
  return fields;
}

/** A folder's id; null for the root (`0`, `null`, empty), undefined for what no folder can have as its id. */
export function readFolderId(value: unknown): number | null | undefined {
  const folder = readIntegerValue(value);
  if (folder === "absent") return null;
  if (folder === "invalid" || folder.value < 0) return undefined;
  return folder.value === 0 ? null : folder.value;
}
