/**
 * How the parts of the catalogue's suite get a catalogue each, and how they state what a refusal must be.
 */
import { expect, test } from "vitest";
import { buildFixedClock, type Clock } from "../platform/clock.ts";
import { AppError, type ErrorCode } from "../platform/errors.ts";
import { type Ids, randomIds } from "../platform/ids.ts";
import type { Catalog } from "./catalog.ts";

/** One new, empty database. Everything opened on it shares its things. */
export type ContractDatabase = {
  connect(clock: Clock, ids: Ids): Promise<Catalog>;
  drop(): Promise<void>;
};

/** An engine as the suite sees it. A test that an engine cannot pass is skipped by name, with the reason. */
export type CatalogContract = {
  readonly name: string;
  open(): Promise<ContractDatabase>;
  readonly skip: readonly { readonly reason: string; readonly tests: readonly string[] }[];
};

/** What a test works with: organization 1 with the spaces 11 and 12, organization 2 with a space 11 of its own. */
export type Opened = {
  readonly catalog: Catalog;
  readonly clock: ReturnType<typeof buildFixedClock>;
  /** Another connection to the same database, closed after the test. */
  connectAgain(): Promise<Catalog>;
};

/** Declares one test: a full sentence that states a guarantee. */
export type ContractTests = (guarantee: string, body: (opened: Opened) => Promise<void>) => void;

/** 2026-03-01T00:00:00Z: the time at which every test begins. */
export const START_MS = 1_772_323_200_000;

/** The way to declare tests for one engine. */
export function buildContractTests(contract: CatalogContract): ContractTests {
  return (guarantee, body) => {
    const skipped = contract.skip.find(({ tests }) => tests.includes(guarantee));
    if (skipped !== undefined) {
      test.skip(`${guarantee} (${skipped.reason})`, () => {});
      return;
    }
    test(guarantee, async () => {
      const database = await contract.open();
      const clock = buildFixedClock(START_MS);
      const opened: Catalog[] = [];
      const connectAgain = async (): Promise<Catalog> => {
        const catalog = await database.connect(clock, randomIds);
        opened.push(catalog);
        return catalog;
      };
      try {
        const catalog = await connectAgain();
        await addTwoOrganizations(catalog);
        await body({ catalog, clock, connectAgain });
      } finally {
        for (const catalog of opened) await catalog.close();
        await database.drop();
      }
    });
  };
}

/** A list that counts how often its first item is read. */
export function countReads<T>(items: readonly T[]): { readonly list: readonly T[]; readonly reads: () => number } {
  let reads = 0;
  const list = new Proxy(items, {
    get(target, key) {
      if (key === "0") reads++;
      return Reflect.get(target, key);
    },
  });
  return { list, reads: () => reads };
}

/** Expects the promise to reject with an AppError of this code. */
export async function expectCode(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  const error = await promise.then(
    () => "nothing was thrown",
    (reason: unknown) => reason,
  );
  expect(error instanceof AppError ? error.code : error).toBe(code);
}

async function addTwoOrganizations(catalog: Catalog): Promise<void> {
  await catalog.createOrganization({ id: 1, name: "One" });
  await catalog.createSpace({ organization: 1, id: 11, name: "Site" });
  await catalog.createSpace({ organization: 1, id: 12, name: "Shop" });
  await catalog.createOrganization({ id: 2, name: "Two" });
  await catalog.createSpace({ organization: 2, id: 11, name: "Other" });
}
