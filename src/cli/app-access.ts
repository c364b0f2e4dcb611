/**
 * What the commands need of the program, in words of model/ and platform/ only. app.ts implements it; commands never
 * see the store, the catalogue or the server themselves.
 */
import type { Asset, AssetFolder, AssetTag } from "../model/asset.ts";
import type { Bucket, Repo } from "../model/bucket.ts";
import type { BackupSummary, ExportOrder, ExportSummary, RebuildReport, StoreReport } from "../model/operations.ts";
import type { Organization, OrganizationChanges, Space, User } from "../model/organization.ts";
import type { IntakeTotals, LineTrial, LogTotals, ReplayTotals, Source, SourceFormat } from "../model/source.ts";
import type { Role, Scope, Token } from "../model/token.ts";
import type { LogLevel } from "../platform/log.ts";
import type { FollowAccess, FollowInput, LogInput, SourceChoice, TrialInput } from "./log-input.ts";

/** What the command line says about the configuration; everything left out comes from the file, then the defaults. */
export type SettingsChoice = {
  /** A JSON configuration file; ASSETMETER_CONFIG_FILE when left out. */
  readonly configFile?: string;
  readonly dataDir?: string;
  readonly host?: string;
  readonly port?: number;
  /** The log level where neither environment nor file names one. Only `serve` leaves it out: the rest logs from `warn`. */
  readonly logLevelDefault?: LogLevel;
};

/** The part of the configuration that commands look at. */
export type CliSettings = {
  readonly dataDir: string;
  /** The usage store's own file in it; not there before the store was opened for the first time. */
  readonly storeFile: string;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
};

/**
 * Reads the configuration (`readConfig({ file: configFile, overrides: { dataDir, host, port }, defaults: { logLevel } })`)
 * and answers the program for it; opens nothing yet. Throws AppError `config/invalid` with all problems in one message.
 * app.ts exports it as `openApp`.
 */
export type OpenApp = (choice: SettingsChoice) => AppAccess;

/** How a process takes in that answers nobody meanwhile; what is left out is as in a server. */
export type IntakePace = {
  /** Threads of the store, at most; never more than are configured. */
  readonly storeThreadsMax?: number;
  /** So many facts wait before they are added to the roll-ups together. */
  readonly rollUpFactsMin?: number;
};

/** The program for one configuration. Each `open…` answers something that the caller closes. */
export interface AppAccess {
  readonly settings: CliSettings;

  /** The environment of a server that is started beside this one: this one's, its settings left out, and `more`. */
  readonly childEnvironment: (more: Readonly<Record<string, string>>) => Record<string, string | undefined>;

  /** Rejects with `catalog/not-found` where no data directory is, and makes none. */
  assertDataDirectory(): Promise<void>;

  /**
   * Opens the catalogue, making the data directory and running migrations where needed. Works beside a server that
   * holds the directory.
   */
  openCatalog(): Promise<CatalogAccess>;

  /**
   * Opens store, catalogue and intake without a server. Rejects with `store/held` when another process has the data
   * directory open; makes the directory when it is not there.
   */
  openUsage(pace?: IntakePace): Promise<UsageAccess>;

  /** Says what the first lines of a log would become. Opens no data directory and counts nothing. */
  tryLines(input: TrialInput): Promise<{ readonly format: SourceFormat; readonly lines: readonly LineTrial[] }>;

  /**
   * Opens everything and resolves when the server answers on `settings.host` and `settings.port`. Rejects with Node's
   * own error (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, `ENOTFOUND`) when it cannot listen; everything opened before
   * is closed again then.
   * It handles no signals, prints nothing on stdout, and creates no organization or token.
   */
  openServer(): Promise<ServerAccess>;

  /**
   * Copies a backup into the data directory. Rejects with `catalog/conflict` when the directory is not empty, with
   * `sources/unreadable-file` when the backup is not whole; nothing is changed then.
   */
  restore(directory: string): Promise<BackupSummary>;
}

/** A server that answers. */
export interface ServerAccess {
  /** The port it listens on: the real one when port 0 was asked for. */
  readonly port: number;
  /** What the command line on this machine asks with, for work beyond any organization. Lives as long as the server. */
  readonly secret: string;
  /** Takes no new requests, finishes what was accepted, commits, closes everything. Twice is harmless. */
  close(): Promise<void>;
}

/** A new token as commands ask for it. */
export type TokenChoice = {
  readonly organization: number;
  readonly name: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  readonly spaces: readonly number[] | null;
  readonly user: number | null;
  /** UTC milliseconds, or null for a token that does not expire. */
  readonly expiresAtMs: number | null;
};

/** A token that was just made, with its secret, which nobody can read again. */
export type IssuedToken = { readonly token: Token; readonly secret: string };

/** What can be said of a bucket. A repo that has a space takes buckets of that space only. */
export type BucketChoice = Partial<
  Pick<Bucket, "name" | "space" | "repo" | "endpoint" | "region" | "storageName" | "storageType">
>;

/** The fields of an asset that the demo sets; the rest is empty. */
export type AssetChoice = Pick<Asset, "organization" | "path"> &
  Partial<
    Pick<
      Asset,
      "id" | "space" | "contentType" | "contentBytes" | "folder" | "alt" | "title" | "createdAtMs" | "updatedAtMs"
    >
  > & { readonly tagIds?: readonly number[] };

/**
 * The catalogue as far as commands use it. Every method but `issueToken` is the method of the same name of
 * catalog/catalog.ts, with its errors: `catalog/conflict` for what is taken, `catalog/not-found` for what is unknown.
 */
export interface CatalogAccess {
  createOrganization(input: {
    readonly id?: number;
    readonly name: string;
    readonly monthlyTrafficBytesMax?: number;
    readonly cdnHost?: string | null;
  }): Promise<Organization>;
  /** Changes what is said and leaves the rest. Null for an unknown organization. */
  updateOrganization(id: number, changes: OrganizationChanges): Promise<Organization | null>;
  /** By id, ascending. */
  listOrganizations(): Promise<readonly Organization[]>;
  createSpace(input: { readonly organization: number; readonly id?: number; readonly name: string }): Promise<Space>;
  /** By id, ascending. */
  listSpaces(organization: number): Promise<readonly Space[]>;
  createUser(input: {
    readonly organization: number;
    readonly id?: number;
    readonly name: string;
    readonly email?: string | null;
    readonly role: Role;
    /** With it the user can log in. `catalog/invalid` when it is too short or there is no e-mail address. */
    readonly password?: string;
  }): Promise<User>;
  /** By id, ascending. */
  listUsers(organization: number): Promise<readonly User[]>;
  /** Sets a user's password and ends what was refreshed with the old one. False for an unknown user. */
  setPassword(organization: number, user: number, password: string): Promise<boolean>;
  /** False for an unknown user. */
  setUserDisabled(organization: number, user: number, disabled: boolean): Promise<boolean>;
  /** Makes a new secret sign access tokens and answers its id; those that are out stay valid until they end. */
  rotateSigningKey(): Promise<string>;
  createRepo(input: Pick<Repo, "organization" | "name"> & Partial<Pick<Repo, "id" | "space">>): Promise<Repo>;
  /** By creation, then id. */
  listRepos(organization: number): Promise<readonly Repo[]>;
  /** Changes what is said and leaves the rest. Null for an unknown or deleted repo. */
  updateRepo(organization: number, id: string, changes: Partial<Pick<Repo, "name" | "space">>): Promise<Repo | null>;
  /** False for an unknown repo. */
  deleteRepo(organization: number, id: string): Promise<boolean>;
  createBucket(input: Pick<Bucket, "organization" | "name"> & BucketChoice & { readonly id?: string }): Promise<Bucket>;
  /** By creation, then id. */
  listBuckets(organization: number): Promise<readonly Bucket[]>;
  /** Changes what is said and leaves the rest. Null for an unknown or deleted bucket. */
  updateBucket(organization: number, id: string, changes: BucketChoice): Promise<Bucket | null>;
  /** False for an unknown bucket. */
  deleteBucket(organization: number, id: string): Promise<boolean>;
  createFolder(input: {
    readonly organization: number;
    readonly space: number;
    readonly id?: number;
    readonly name: string;
  }): Promise<AssetFolder>;
  createTag(input: {
    readonly organization: number;
    readonly space: number;
    readonly id?: number;
    readonly name: string;
  }): Promise<AssetTag>;
  createAsset(input: AssetChoice): Promise<Asset>;
  /**
   * Makes a source with settings as the API names them. All problems in one message: `request/invalid`; a name that is
   * taken: `catalog/conflict`.
   */
  createSource(input: SourceChoice & { readonly format: SourceFormat }): Promise<Source>;
  /** Changes what is said and leaves the rest. An unknown source: `catalog/not-found`. */
  changeSource(input: SourceChoice): Promise<Source>;
  readSource(organization: number, name: string): Promise<Source | null>;
  /** By name. */
  listSources(organization: number): Promise<readonly Source[]>;
  /** Makes a secret, stores its hash, answers both. Unknown organization, space or user: `catalog/not-found`. */
  issueToken(choice: TokenChoice): Promise<IssuedToken>;
  /** Newest first, without anything secret. */
  listTokens(organization: number): Promise<readonly Token[]>;
  /** False for an unknown one. */
  revokeToken(organization: number, id: string): Promise<boolean>;
  /** Removes it and leaves no trace. False for an unknown one. */
  deleteToken(organization: number, id: string): Promise<boolean>;
  close(): Promise<void>;
}

/** The answer of `GET /usage/v1/query`, undigested. */
export type QueryAnswer = { readonly status: number; readonly body: string };

/** Form of a query's answer. */
export type QueryForm = "application/json" | "text/csv";

/** What the sources have sent: for `doctor`. */
export type UsageDescription = {
  /** Every source of every organization that has sent something, by organization, then name. */
  readonly sources: readonly (IntakeTotals & {
    readonly organization: number;
    readonly source: string;
    /** UTC ms of the oldest and newest accepted event, null without one. */
    readonly firstEventMs: number | null;
    readonly lastEventMs: number | null;
  })[];
};

/** Usage without a server in between. */
export interface UsageAccess {
  /**
   * Takes a whole log in and resolves after the last commit. Rejects with `sources/corrupt-archive` and the like;
   * what was committed before stays counted, and the same file may be sent again.
   */
  importLog(input: LogInput): Promise<LogTotals>;

  /** Follows files as they grow, until it is closed. */
  follow(input: FollowInput): Promise<FollowAccess>;

  /** Takes the kept refused lines of a source in again; `catalog/not-found`, `sources/paused`. */
  replayRejected(input: { readonly organization: number; readonly source: string }): Promise<ReplayTotals>;

  /** Takes CloudEvents objects in, any number, and resolves after the commit. */
  submitEvents(input: {
    readonly organization: number;
    readonly source: string;
    readonly events: readonly unknown[];
  }): Promise<IntakeTotals>;

  /** Answers exactly what `GET /usage/v1/query` answers to an admin of the organization, errors included. */
  answerQuery(input: {
    readonly organization: number;
    readonly parameters: URLSearchParams;
    readonly form: QueryForm;
  }): Promise<QueryAnswer>;

  describe(): Promise<UsageDescription>;

  /** See model/operations.ts. */
  describeStore(): Promise<StoreReport>;

  /** See model/operations.ts. */
  exportUsage(order: ExportOrder): Promise<ExportSummary>;

  /** See model/operations.ts. */
  rebuild(): Promise<RebuildReport>;

  /** See model/operations.ts. */
  backUp(directory: string): Promise<BackupSummary>;

  /** Commits what waits and closes. Twice is harmless. */
  close(): Promise<void>;
}
