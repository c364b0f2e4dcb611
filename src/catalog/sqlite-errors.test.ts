/**
 * SQLite's errors as AppErrors.
 */
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { AppError } from "../platform/errors.ts";
import { toCatalogError } from "./sqlite-errors.ts";

/** The error that a statement really ends with, after the statements before it. */
function errorOf(...statements: readonly string[]): unknown {
  const database = new DatabaseSync(":memory:");
  try {
    for (const statement of statements) database.exec(statement);
    return null;
  } catch (error) {
    return error;
  } finally {
    database.close();
  }
}

describe("toCatalogError", () => {
  test("a full disk is unavailable, and says what to do about which file", () => {
    const table = "create table t (a text) strict";
    const full = errorOf("pragma max_page_count = 2", table, "insert into t values (hex(zeroblob(50000)))");
    const error = toCatalogError(full, "/data/catalog.db");
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: "catalog/unavailable", cause: full, internal: { sqliteCode: 13 } });
    expect((error as AppError).message).toContain("/data/catalog.db");
  });

  test("a read-only database is unavailable", () => {
    const readOnly = errorOf("pragma query_only = on", "create table t (a integer)");
    expect(toCatalogError(readOnly, "f")).toMatchObject({ code: "catalog/unavailable" });
  });

  test("broken constraints are conflicts, unknown references or invalid values", () => {
    const table = "create table t (a integer primary key, b integer references t (a), c integer check (c > 0)) strict";
    const cases = [
      ["insert into t values (1, null, 1), (1, null, 1)", "catalog/conflict"],
      ["insert into t values (1, 2, 1)", "catalog/not-found"],
      ["insert into t values (1, null, 0)", "catalog/invalid"],
      ["insert into t values (1, null, 'text')", "catalog/invalid"],
    ] as const;
    for (const [statement, code] of cases) {
      expect(toCatalogError(errorOf(table, statement), "f")).toMatchObject({ code });
    }
  });

  test("a wrong statement and other defects stay what they are", () => {
    const wrong = errorOf("select nonsense from nowhere");
    expect(toCatalogError(wrong, "f")).toBe(wrong);
    const defect = new TypeError("x is not a function");
    expect(toCatalogError(defect, "f")).toBe(defect);
    const own = new AppError("catalog/not-found", "There is no space 1.");
    expect(toCatalogError(own, "f")).toBe(own);
  });
});
