/**
 * `page` and `per_page` → the page to read, and the two headers that say what was read.
 * @see https://www.storyblok.com/docs/api/management/getting-started/pagination "Pagination", read 2026-11-20
 */
import type { Page } from "../../catalog/catalog.ts";
import { parseInteger, readLast } from "./values.ts";

const PER_PAGE_DEFAULT = 25;

/** Rows of a page, at most; the vendor's own bound. A larger wish is cut to it. */
const PER_PAGE_MAX = 1_000;

/** The last page that can be asked for: beyond it `(page - 1) * PER_PAGE_MAX` would be an inexact number. */
const PAGE_MAX = Math.floor(Number.MAX_SAFE_INTEGER / PER_PAGE_MAX);

/** The page that is asked for. Values below 1 and text that is no integer count as absent. */
export function readPage(query: URLSearchParams): Page {
  const page = parseInteger(readLast(query, "page")) ?? 1;
  const perPage = parseInteger(readLast(query, "per_page")) ?? PER_PAGE_DEFAULT;
  return {
    page: page < 1 ? 1 : Math.min(page, PAGE_MAX),
    perPage: perPage < 1 ? PER_PAGE_DEFAULT : Math.min(perPage, PER_PAGE_MAX),
  };
}

/**
 * The headers of a paged list: how many rows match in all, and how many a page has. Lists that are not paged must not
 * carry them: js-client's `getAll` then asks for every "page" and returns the whole list several times.
 */
export function buildPagingHeaders(total: number, page: Page): Readonly<Record<string, string>> {
  return { total: String(total), "per-page": String(page.perPage) };
}
