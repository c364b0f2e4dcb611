/**
 * The routes that files come in and go out by.
 */
import type { Route } from "../../model/route.ts";
import { allowCrossOrigin } from "./cross-origin.ts";
import { buildDeliverFileRoute } from "./files/deliver-file.ts";
import { buildSignatures } from "./files/signatures.ts";
import { buildSignedAddressRoute } from "./files/signed-address.ts";
import type { StoryblokDeps } from "./storyblok-deps.ts";
import { buildFinishUploadRoute } from "./uploads/finish-upload.ts";
import { buildReceiveFormRoute } from "./uploads/receive-form.ts";
import { buildSignUploadRoute } from "./uploads/sign-upload.ts";

/** Routes of the management API, and those that pages of other origins may use too. */
export function buildFileRoutes(deps: StoryblokDeps): {
  readonly management: readonly Route[];
  readonly open: readonly Route[];
} {
  const signatures = buildSignatures(deps.catalog);
  return {
    management: [buildSignUploadRoute(deps, signatures), buildFinishUploadRoute(deps)] as readonly Route[],
    open: allowCrossOrigin([
      buildReceiveFormRoute(deps, signatures),
      buildDeliverFileRoute(deps, signatures),
      buildSignedAddressRoute(deps, signatures),
    ] as readonly Route[]),
  };
}
