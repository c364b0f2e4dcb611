/**
 * The suite that every catalogue passes, on whichever database. An engine's own test file calls runCatalogContract.
 */
import { describe } from "vitest";
import { describeAccess } from "./access.contract.ts";
import { describeAssetChanges } from "./asset-changes.contract.ts";
import { describeAssetFiles } from "./asset-files.contract.ts";
import { describeAssetListChanges } from "./asset-list-changes.contract.ts";
import { describeAssetLists } from "./asset-lists.contract.ts";
import { describeAssets } from "./assets.contract.ts";
import { describeBuckets } from "./buckets.contract.ts";
import { buildContractTests, type CatalogContract } from "./contract-tests.contract.ts";
import { describeFolders } from "./folders.contract.ts";
import { describeOrganizations } from "./organizations.contract.ts";
import { describeRegistration } from "./registration.contract.ts";
import { describeRepos } from "./repos.contract.ts";
import { describeSessions } from "./sessions.contract.ts";
import { describeTags } from "./tags.contract.ts";

/** Runs the whole suite; every test gets a new, empty database from `contract.open`. */
export function runCatalogContract(contract: CatalogContract): void {
  describe(`Catalog on ${contract.name}`, () => {
    const tests = buildContractTests(contract);
    describeOrganizations(tests);
    describeRepos(tests);
    describeBuckets(tests);
    describeAssets(tests);
    describeAssetFiles(tests);
    describeAssetLists(tests);
    describeAssetListChanges(tests);
    describeAssetChanges(tests);
    describeFolders(tests);
    describeTags(tests);
    describeRegistration(tests);
    describeAccess(tests);
    describeSessions(tests);
  });
}

/** Runs the parts about lists of assets, for an engine that is opened to read lists in another way. */
export function runAssetListContract(contract: CatalogContract): void {
  describe(`Lists of assets on ${contract.name}`, () => {
    const tests = buildContractTests(contract);
    describeAssetLists(tests);
    describeAssetListChanges(tests);
  });
}
