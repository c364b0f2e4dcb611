/**
 * The only place that builds the parts and connects them; closes them in reverse order.
 */
import { existsSync, readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { type Access, openAccess } from "./access/open-access.ts";
import { assertRestoredWhole, CATALOG_FILE, restore, STORE_FILE } from "./back-up.ts";
import type { Catalog } from "./catalog/catalog.ts";
import { LIST_LIMITS } from "./catalog/list-assets.ts";
import { openSqliteCatalog } from "./catalog/sqlite.ts";
import { buildTokenSecret } from "./catalog/token-secret.ts";
import type { AppAccess, OpenApp } from "./cli/app-access.ts";
import { buildCatalogAccess, buildUsageAccess } from "./command-access.ts";
import { buildChildEnvironment, type Config, readConfig, readTestFaults } from "./config.ts";
import { buildDialectDeps } from "./dialect-deps.ts";
import type { Dialect, LogImport } from "./dialects/dialect.ts";
import { buildDialects, isInternalRequest } from "./dialects/registry.ts";
import type { FileStore } from "./files/file-store.ts";
import { type FollowParts, followAll } from "./follow-access.ts";
import { buildServer } from "./http/server.ts";
import type { Operations } from "./model/operations.ts";
import type { LogTotals } from "./model/source.ts";
import { type Principal, ROLE_SCOPES } from "./model/token.ts";
import { keepFilesInOrder, openFiles, startFileUpkeep } from "./open-files.ts";
import { openStore, startCompaction, startRetention } from "./open-store.ts";
import { type Clock, systemClock } from "./platform/clock.ts";
import { AppError } from "./platform/errors.ts";
import { randomIds } from "./platform/ids.ts";
import { buildLogger, type Logger } from "./platform/log.ts";
import { isOpenToOthers, makePrivateFolder } from "./platform/private-files.ts";
import { readVersion } from "./platform/version.ts";
import { buildSlowQueries } from "./query/slow-queries.ts";
import { buildMeasurement } from "./server-metrics.ts";
import { tryUnderSettings } from "./source-access.ts";
import { importLog } from "./sources/access-log/import-log.ts";
import { buildIntake } from "./sources/group-commit.ts";
import type { Intake } from "./sources/intake.ts";
import { type OwnTraffic, openOwnTraffic } from "./sources/own-traffic/own-traffic.ts";
import { buildReplay, type Replay } from "./sources/replay/replay-rejected.ts";
import type { UsageStore } from "./store/usage-store.ts";
import { buildOperations } from "./store-operations.ts";
import { buildFaultyClock, NO_FAULTS, type TestFaults } from "./test-faults.ts";

/** Everything that a server or a command works with, open. */
export type Parts = {
  readonly store: UsageStore;
  readonly catalog: Catalog;
  readonly files: FileStore;
  /** What the server itself answers, as usage; null where that is not counted. */
  readonly ownTraffic: OwnTraffic | null;
  readonly intake: Intake;
  readonly dialects: readonly Dialect[];
  readonly server: FastifyInstance;
  /** A secret that only this process knows, for an admin of the organization. */
  issueOwnSecret(organization: number): string;
  readonly importLog: (log: LogImport) => Promise<LogTotals>;
  readonly replayRejected: Replay;
  readonly followParts: FollowParts;
  readonly operations: Operations;
  /** Finishes what was accepted and closes all of it. Twice is harmless. */
  close(): Promise<void>;
};

/** Reads the configuration and answers the program for it; see cli/app-access.ts. */
export const openApp: OpenApp = (choice) => {
  const config = readConfig({
    ...(choice.configFile === undefined ? {} : { file: choice.configFile }),
    overrides: {
      ...(choice.dataDir === undefined ? {} : { dataDir: choice.dataDir }),
      ...(choice.host === undefined ? {} : { host: choice.host }),
      ...(choice.port === undefined ? {} : { port: choice.port }),
    },
    defaults: choice.logLevelDefault === undefined ? {} : { logLevel: choice.logLevelDefault },
  });
  const faults = readTestFaults();
  return buildApp(config, buildFaultyClock(systemClock, faults), faults);
};

/** The program for a configuration and a clock. Opens nothing yet. */
function buildApp(config: Config, clock: Clock, faults: TestFaults = NO_FAULTS): AppAccess {
  const logger = buildLogger(config.logLevel);
  return {
    settings: {
      dataDir: config.dataDir,
      storeFile: join(config.dataDir, STORE_FILE),
      host: config.host,
      port: config.port,
    },
    childEnvironment: buildChildEnvironment,
    assertDataDirectory: () => assertDataDirectory(config.dataDir),
    openCatalog: async () => buildCatalogAccess(await openCatalogFile(config, clock, logger), config, clock),
    tryLines: (input) => tryUnderSettings(input, config, clock),
    openUsage: async ({ storeThreadsMax = config.storeThreads, ...pace } = {}) => {
      const storeThreads = Math.min(config.storeThreads, storeThreadsMax);
      return buildUsageAccess(await openParts({ ...config, storeThreads }, clock, logger, { faults, ...pace }));
    },
    restore: (directory) => restore(directory, config.dataDir),
    openServer: async () => {
      const parts = await openParts(config, clock, logger, {
        metersOwnTraffic: config.metersOwnTraffic === "on",
        readsListsAhead: true,
        faults,
      });
      try {
        await parts.server.listen({ host: config.host, port: config.port });
      } catch (error) {
        await parts.close();
        throw error;
      }
      warnOfReaders(join(config.dataDir, CATALOG_FILE), logger);
      const stopRetention = startRetention(config, clock, parts.store, logger);
      const following = followAll(parts.followParts);
      const stopCompaction = startCompaction(parts.store, logger);
      const stopUpkeep = startFileUpkeep({ ...parts, clock }, logger);
      return {
        port: (parts.server.server.address() as AddressInfo).port,
        secret: parts.issueOwnSecret(0),
        close: async () => {
          await following.close();
          stopRetention();
          stopCompaction();
          stopUpkeep();
          await parts.close();
        },
      };
    },
  };
}

/** What not every user of the parts wants. */
export type PartsOptions = {
  /** Counts what the server answers and delivers itself; off unless said, so that tests see only what they send in. */
  readonly metersOwnTraffic?: boolean;
  /** Makes the lists of large spaces ready at once; off unless said. */
  readonly readsListsAhead?: boolean;
  /** What is to go wrong on purpose; nothing unless said. */
  readonly faults?: TestFaults;
  /** As in IntakePace of cli/app-access.ts. */
  readonly rollUpFactsMin?: number;
};

/** Opens and connects everything; the server does not listen yet. Tests start here too, with a clock of their own. */
export async function openParts(
  config: Config,
  clock: Clock,
  logger: Logger,
  options: PartsOptions = {},
): Promise<Parts> {
  const catalog = await openCatalogFile(config, clock, logger, options.readsListsAhead);
  const closeCatalog = async (error: unknown): Promise<never> => {
    await catalog.close();
    throw error;
  };
  const access = await openAccessOver(catalog, config, clock).catch(closeCatalog);
  const measurement = buildMeasurement();
  const faults = options.faults ?? NO_FAULTS;
  const rollUpFactsMin = faults.rollUpFactsMin ?? options.rollUpFactsMin ?? null;
  const plainStore = await openStore(config, clock, logger, { ...faults, rollUpFactsMin }).catch(closeCatalog);
  const store = measurement.measureStore(plainStore);
  measurement.watchFiles(plainStore, config.dataDir);
  const slowQueries = buildSlowQueries(clock);
  const files = await openFiles(config, clock).catch(async (error: unknown) => {
    await store.close();
    return closeCatalog(error);
  });
  // The store is this process's alone: whatever an earlier one had begun to write will not be finished.
  await keepFilesInOrder({ catalog, files, clock }, true).catch((error: unknown) =>
    logger.error({ err: error }, "Files that no asset has could not be removed."),
  );
  const intake = measurement.measureIntake(buildIntake({ store, catalog, clock, logger, limits: config }));
  const ownTraffic = options.metersOwnTraffic
    ? await openOwnTraffic({
        folder: join(config.dataDir, "own-traffic"),
        intake,
        catalog,
        store,
        clock,
        ids: randomIds,
        logger,
      })
    : null;
  const takeLog = async ({ bytes, ...log }: LogImport): Promise<LogTotals> =>
    importLog({
      ...log,
      ...{ catalog, intake, clock, chunks: bytes, bytesTotal: null, lineBytesMax: config.lineBytesMax },
    });
  const replayRejected = buildReplay({ store, catalog, intake });
  const operations = buildOperations({ store, slowQueries, clock, config });
  const connected = { store, catalog, files, intake, operations, access, slowQueries, config, clock };
  const ownSecrets = new Map<string, number>();
  const dialects = buildDialects(buildDialectDeps({ ...connected, importLog: takeLog, replayRejected }));
  const server = buildServer({
    dialects,
    authenticate: async (secret) => {
      const own = ownSecrets.get(secret);
      return own === undefined ? access.authenticate(secret) : { ok: true, principal: buildOwnPrincipal(own) };
    },
    health: [
      { name: "store", ping: () => store.ping() },
      { name: "catalogue", ping: () => catalog.ping() },
      { name: "files", ping: () => files.ping() },
    ],
    logger,
    meter:
      ownTraffic === null
        ? null
        : { record: (served) => ownTraffic.record(served), isInternal: isInternalRequest, clock },
    metrics: { figures: measurement, access: config.metricsAccess },
    limits: {
      bodyBytesMax: config.bodyBytesMax,
      queueBytesMax: config.queueBytesMax,
      requestsPerSecondMax: config.requestsPerSecondMax,
    },
    publicUrl: config.publicUrl,
    trustsProxy: config.trustsProxy === "on",
    version: readVersion(),
  });
  let closing: Promise<void> | null = null;
  const closeAll = async (): Promise<void> => {
    await server.close();
    await access.close();
    await ownTraffic?.close();
    await intake.close();
    await store.close();
    await files.close();
    await catalog.close();
  };
  return {
    store,
    catalog,
    files,
    ownTraffic,
    intake,
    dialects,
    server,
    importLog: takeLog,
    replayRejected,
    followParts: { catalog, store, intake, clock, logger, lineBytesMax: config.lineBytesMax },
    operations,
    issueOwnSecret: (organization) => {
      const secret = buildTokenSecret(randomIds);
      ownSecrets.set(secret, organization);
      return secret;
    },
    close: () => {
      closing ??= closeAll();
      return closing;
    },
  };
}

/** Every way to a data directory begins here, so that a half-restored one is refused before anything is made in it. */
async function openCatalogFile(
  { dataDir, assetColumnsBytesMax }: Config,
  clock: Clock,
  logger: Logger,
  readsAhead = false,
): Promise<Catalog> {
  await assertRestoredWhole(dataDir);
  makePrivateFolder(dataDir);
  const lists = { ...LIST_LIMITS, columnsBytesMax: assetColumnsBytesMax };
  return openSqliteCatalog({ file: join(dataDir, CATALOG_FILE), clock, ids: randomIds, logger, lists, readsAhead });
}

/** Whatever makes a data directory begins with the catalogue. */
async function assertDataDirectory(dataDir: string): Promise<void> {
  if (existsSync(join(dataDir, CATALOG_FILE))) return;
  await assertRestoredWhole(dataDir);
  throw new AppError("catalog/not-found", `There is no data directory ${dataDir}; name it with --data-dir.`);
}

/** The folder may be the operator's own, who has reasons: its mode is not ours to change. */
function warnOfReaders(catalogFile: string, logger: Logger): void {
  if (!isOpenToOthers(catalogFile)) return;
  const advice = "take it from them with chmod go-rwx, or make its folder 0700";
  const what = "Others may read the catalogue: who has its signing key can become admin";
  logger.warn({ file: catalogFile }, `${what}; ${advice}. See docs/config.md.`);
}

/** Who the command line is to the server that it has opened itself. */
function buildOwnPrincipal(organization: number): Principal {
  const all = { role: "admin", scopes: ROLE_SCOPES.admin, spaces: null, user: null } as const;
  return { organization, id: "own", name: "command line", ...all };
}

/** Logins over the catalogue, with the Ed25519 key of the configuration where there is one. */
async function openAccessOver(catalog: Catalog, { signingKeyFile }: Config, clock: Clock): Promise<Access> {
  const ed25519Pem = signingKeyFile === "" ? null : readKeyFile(signingKeyFile);
  return openAccess({ catalog, clock, ids: randomIds, ed25519Pem });
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new AppError("config/invalid", `The signing key's file ${file} cannot be read.`, { cause });
  }
}
