/**
 * The signed form of an upload: what it fixes, until when, and whether a form that comes back is still that one.
 * @see https://www.storyblok.com/docs/api/management/assets/get-a-signed-response-object "Get a Signed Response Object", read 2026-11-20
 */
import { AppError } from "../../../platform/errors.ts";
import { toObject } from "../parameters.ts";

/** How long a form can be sent after it was signed, in ms. */
const VALID_MS = 600_000;

/** How long the fields say that the file may be kept, in seconds. Decoration: delivery has a rule of its own. */
const KEPT_S = 31_536_000;

/** The bucket that the form is for; the vendor's forms fix one, and this server has one place. */
const BUCKET = "assetmeter";

/** The fields of a form in the order in which clients send them, all of them texts. */
export type FormFields = Readonly<Record<string, string>>;

/** What a form is signed for. */
export type FormPurpose = {
  /** The upload in the catalogue; clients do not see what it means. */
  readonly upload: string;
  /** Who asked for the form: whoever sends it needs no token, and the upload is this user's. Null for a token of none. */
  readonly user: number | null;
  /** The path of the file without its first slash. */
  readonly key: string;
  readonly contentType: string;
  readonly isPrivate: boolean;
  readonly bytesMax: number;
};

/** The fields that the policy fixes, with the policy itself as text that is still to be signed. */
export function buildFields(
  purpose: FormPurpose,
  nowMs: number,
): { readonly fixed: FormFields; readonly policy: string } {
  const now = new Date(nowMs).toISOString();
  const day = now.slice(0, 10).replaceAll("-", "");
  const fixed = {
    key: purpose.key,
    acl: purpose.isPrivate ? "private" : "public-read",
    Expires: new Date(nowMs + KEPT_S * 1000).toUTCString(),
    "Cache-Control": `public, max-age=${KEPT_S}`,
    "Content-Type": purpose.contentType,
    "x-amz-credential": `${BUCKET}/${day}/local/s3/aws4_request`,
    "x-amz-algorithm": "AWS4-HMAC-SHA256",
    "x-amz-date": `${now.slice(0, 19).replaceAll(/[-:]/g, "")}Z`,
  };
  const conditions = [
    { bucket: BUCKET },
    ...Object.entries(fixed).map(([name, value]) => ({ [name]: value })),
    ["content-length-range", 1, purpose.bytesMax],
  ];
  const { upload, user } = purpose;
  const policy = { expiration: new Date(nowMs + VALID_MS).toISOString(), upload, user, conditions };
  return { fixed, policy: Buffer.from(JSON.stringify(policy)).toString("base64") };
}

/** All fields of the form in the vendor's order. */
export function orderFields(fixed: FormFields, policy: string, signature: string): FormFields {
  const { key = "", acl = "", Expires = "", "Cache-Control": cacheControl = "", "Content-Type": type = "" } = fixed;
  return {
    key,
    acl,
    Expires,
    "Cache-Control": cacheControl,
    "Content-Type": type,
    policy,
    "x-amz-credential": fixed["x-amz-credential"] ?? "",
    "x-amz-algorithm": fixed["x-amz-algorithm"] ?? "",
    "x-amz-date": fixed["x-amz-date"] ?? "",
    "x-amz-signature": signature,
  };
}

/**
 * What a policy allows whose signature has been checked. Throws `access/forbidden` when it has expired and when a field of
 * the form is not the one that it fixes.
 */
export function readPolicy(
  policy: string,
  fields: ReadonlyMap<string, string>,
  nowMs: number,
): Pick<FormPurpose, "upload" | "user" | "bytesMax"> {
  const { expiration, upload, user, conditions } = JSON.parse(Buffer.from(policy, "base64").toString()) as {
    readonly expiration: string;
    readonly upload: string;
    readonly user: number | null;
    readonly conditions: readonly unknown[];
  };
  if (Date.parse(expiration) <= nowMs) throw refused("The policy has expired.");
  let bytesMax = 0;
  for (const condition of conditions) {
    if (Array.isArray(condition)) bytesMax = condition[2] as number;
    for (const [name, value] of Object.entries(toObject(condition) ?? {})) {
      if (name !== "bucket" && fields.get(name) !== value) throw refused(`The field ${name} is not the signed one.`);
    }
  }
  return { upload, user, bytesMax };
}

/** The error of a form that was not signed like this. The client is told no reason. */
export function refused(reason: string): AppError {
  return new AppError("access/forbidden", reason);
}
