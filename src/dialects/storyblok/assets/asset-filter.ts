/**
 * The filters of the asset list: query string → AssetFilter.
 */
import type { AssetFilter } from "../../../model/asset.ts";
import { parseWrittenTime } from "../dates.ts";
import { type FieldFault, refuseFaults } from "../errors.ts";
import { parseBoolean, parseInteger, parseSearchText, readLast, readList } from "../values.ts";

/** The value of `in_folder` that asks for the trash. */
const TRASH = -1;

/** The value of `in_folder` that asks for assets in no folder. */
const ROOT = 0;

/** A folder that nobody has: catalogue ids begin at 1. */
const NO_FOLDER = -2;

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * The filter that a query string asks for; `nowMs` decides what is private at this moment. Parameters that it does not
 * know are ignored. Throws FieldError naming every time that cannot be read: leaving such a bound out would answer with
 * assets that were not asked for.
 */
export function readAssetFilter(query: URLSearchParams, nowMs: number): AssetFilter {
  return {
    ...readFolder(query),
    ...(parseBoolean(readLast(query, "is_private")) === true ? { privateAtMs: nowMs } : {}),
    ...readTexts(query),
    ...readTags(query),
    ...readTimeBounds(query),
  };
}

function readFolder(query: URLSearchParams): Pick<AssetFilter, "trash" | "folder"> {
  const folder = parseInteger(readLast(query, "in_folder"));
  if (folder === null) return { trash: false };
  if (folder === TRASH) return { trash: true };
  if (folder === ROOT) return { trash: false, folder: null };
  return { trash: false, folder: folder > 0 && Number.isSafeInteger(folder) ? folder : NO_FOLDER };
}

const SEARCHED_TEXTS = {
  search: "filenameContains",
  by_alt: "altContains",
  by_title: "titleContains",
  by_copyright: "copyrightContains",
} as const satisfies Record<string, keyof AssetFilter>;

function readTexts(query: URLSearchParams): Partial<AssetFilter> {
  const texts: Writable<Partial<AssetFilter>> = {};
  for (const [name, field] of Object.entries(SEARCHED_TEXTS)) {
    const text = parseSearchText(readLast(query, name));
    if (text !== null) texts[field] = text;
  }
  const extId = readLast(query, "ext_id");
  if (extId !== null && extId !== "") texts.extId = extId;
  return texts;
}

/** The page of 2023 says `with_tag`, later ones `with_tags`: both name one list. */
function readTags(query: URLSearchParams): Pick<AssetFilter, "tagNames"> {
  const tagNames = [...new Set([...readList(query, "with_tags"), ...readList(query, "with_tag")])];
  return tagNames.length === 0 ? {} : { tagNames };
}

const TIME_BOUNDS = [
  ["created_at_gte", "createdFromMs"],
  ["created_at_lte", "createdToMs"],
  ["updated_at_gte", "updatedFromMs"],
  ["updated_at_lte", "updatedToMs"],
  ["expire_at_gte", "expireFromMs"],
  ["expire_at_lte", "expireToMs"],
] as const;

/**
 * Both bounds include the time that is written, and what is written may be a whole day, minute or second: up to
 * `2026-01-31` means up to its last millisecond. Read as midnight, it would leave out the day it names.
 */
function readTimeBounds(query: URLSearchParams): Partial<AssetFilter> {
  const bounds: Writable<Partial<AssetFilter>> = {};
  const faults: FieldFault[] = [];
  for (const [name, field] of TIME_BOUNDS) {
    const text = readLast(query, name);
    if (text === null || text === "") continue;
    const time = parseWrittenTime(text);
    if (time === null) faults.push({ field: name, text: "is invalid" });
    else bounds[field] = name.endsWith("_lte") ? time.startMs + time.lengthMs - 1 : time.startMs;
  }
  refuseFaults(faults);
  return bounds;
}
