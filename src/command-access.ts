/**
 * What the commands use of the program: the catalogue and usage, in the words of cli/app-access.ts.
 */
import { rotateSecretKey } from "./access/key-ring.ts";
import { openPasswords } from "./access/passwords.ts";
import type { Parts } from "./app.ts";
import type { Catalog } from "./catalog/catalog.ts";
import { buildTokenSecret, hashTokenSecret } from "./catalog/token-secret.ts";
import type { CatalogAccess, UsageAccess, UsageDescription } from "./cli/app-access.ts";
import type { Config } from "./config.ts";
import { followFiles } from "./follow-access.ts";
import type { Clock } from "./platform/clock.ts";
import { AppError } from "./platform/errors.ts";
import { randomIds } from "./platform/ids.ts";
import { changeSource, createSource } from "./source-access.ts";

/** The catalogue as commands use it; closing it closes the catalogue. */
export function buildCatalogAccess(catalog: Catalog, { signingKeyFile }: Config, clock: Clock): CatalogAccess {
  const passwords = openPasswords();
  return {
    createOrganization: (input) => catalog.createOrganization(input),
    updateOrganization: (id, changes) => catalog.updateOrganization(id, changes),
    listOrganizations: () => catalog.listOrganizations(),
    createSpace: (input) => catalog.createSpace(input),
    listSpaces: (organization) => catalog.listSpaces(organization),
    createUser: async ({ password, ...input }) =>
      catalog.createUser({
        ...input,
        ...(password === undefined ? {} : { passwordHash: await passwords.hash(password) }),
      }),
    listUsers: (organization) => catalog.listUsers(organization),
    setPassword: async (organization, user, password) =>
      catalog.setPasswordHash(organization, user, await passwords.hash(password)),
    setUserDisabled: (organization, user, disabled) => catalog.setUserDisabled(organization, user, disabled),
    rotateSigningKey: async () => {
      if (signingKeyFile === "") return rotateSecretKey({ catalog, clock, ids: randomIds });
      const what = `Access tokens are signed with the key in ${signingKeyFile}.`;
      throw new AppError("config/invalid", `${what} Put another key there and start the server again.`);
    },
    createRepo: (input) => catalog.createRepo(input),
    listRepos: (organization) => catalog.listRepos(organization),
    updateRepo: (organization, id, changes) => catalog.updateRepo(organization, id, changes),
    deleteRepo: (organization, id) => catalog.deleteRepo(organization, id),
    createBucket: (input) => catalog.createBucket(input),
    listBuckets: (organization) => catalog.listBuckets(organization),
    updateBucket: (organization, id, changes) => catalog.updateBucket(organization, id, changes),
    deleteBucket: (organization, id) => catalog.deleteBucket(organization, id),
    createFolder: (input) => catalog.createFolder(input),
    createTag: (input) => catalog.createTag(input),
    createAsset: (input) => catalog.createAsset(input),
    createSource: (input) => createSource(catalog, input),
    changeSource: (input) => changeSource(catalog, input),
    readSource: (organization, name) => catalog.readSource(organization, name),
    listSources: (organization) => catalog.listSources(organization),
    issueToken: async (choice) => {
      const secret = buildTokenSecret(randomIds);
      return { token: await catalog.createToken({ ...choice, secretHash: hashTokenSecret(secret) }), secret };
    },
    listTokens: (organization) => catalog.listTokens(organization),
    revokeToken: (organization, id) => catalog.revokeToken(organization, id),
    deleteToken: (organization, id) => catalog.deleteToken(organization, id),
    close: async () => {
      await passwords.close();
      await catalog.close();
    },
  };
}

/** Usage as commands use it, without a server that listens; closing it closes all parts. */
export function buildUsageAccess(parts: Parts): UsageAccess {
  return {
    importLog: (log) => parts.importLog({ ...log, allowedSpaces: null }),
    replayRejected: (input) => parts.replayRejected({ ...input, allowedSpaces: null }),
    follow: (input) => followFiles(parts.followParts, input),
    submitEvents: async ({ organization, source, events }) =>
      parts.intake.submit({
        organization,
        source,
        format: "cloudevents",
        space: null,
        allowedSpaces: null,
        records: events.map((value, index) => ({ form: "event", value, position: `event ${index}` })),
        checkpoint: null,
      }),
    answerQuery: async ({ organization, parameters, form }) => {
      const answer = await parts.server.inject({
        method: "GET",
        url: `/usage/v1/query?${parameters}`,
        headers: { authorization: `Bearer ${parts.issueOwnSecret(organization)}`, accept: form },
      });
      return { status: answer.statusCode, body: answer.body };
    },
    describe: () => describeUsage(parts),
    describeStore: () => parts.operations.describe(),
    exportUsage: (order) => parts.operations.exportUsage(order),
    rebuild: () => parts.operations.rebuild(),
    backUp: (directory) => parts.operations.backUp(directory),
    close: () => parts.close(),
  };
}

async function describeUsage({ store, catalog }: Parts): Promise<UsageDescription> {
  const sources: UsageDescription["sources"][number][] = [];
  for (const { id: organization } of await catalog.listOrganizations()) {
    for (const { rejected: rejectedByReason, ...counts } of await store.readSourceCounts(organization)) {
      const rejected = Object.values(rejectedByReason).reduce((sum, count) => sum + count, 0);
      sources.push({ organization, ...counts, rejected, rejectedByReason });
    }
  }
  return { sources };
}
