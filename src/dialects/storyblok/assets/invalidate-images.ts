/**
 * POST /v1/spaces/:space_id/image_service_invalidations: there is no image service and nothing of it is cached, so that
 * an invalidation is done as soon as it is asked for.
 */
import { Type } from "typebox";
import type { Route, RouteRequest } from "../../../model/route.ts";
import { readVisibleSpace, type SpaceParameters, SpacePathSchema, toSpaceParameters } from "../access.ts";
import { FieldError } from "../errors.ts";
import { PARAMETERS_BODY, readParameters, type WireParameters } from "../parameters.ts";
import type { StoryblokDeps } from "../storyblok-deps.ts";
import { readItems } from "../wire-values.ts";

/** Paths of one request, at most; the vendor's bound. */
const PATHS_MAX = 10;

type Parameters = SpaceParameters & { readonly sent: WireParameters };

/** The route. */
export function buildInvalidateImagesRoute({ catalog }: Pick<StoryblokDeps, "catalog">): Route<Parameters> {
  return {
    method: "POST",
    path: "/v1/spaces/:space_id/image_service_invalidations",
    scope: "assets:write",
    summary: "Invalidate images",
    pathParameters: SpacePathSchema,
    body: {
      ...PARAMETERS_BODY,
      schema: Type.Object({ invalidations: Type.Array(Type.String(), { minItems: 1, maxItems: PATHS_MAX }) }),
    },
    responses: {
      200: { description: "Nothing was cached.", schema: Type.Object({ message: Type.String() }) },
      404: { description: "The space does not exist, or the token is not for it." },
      422: { description: "No path, or more than ten." },
    },
    readParameters: (request: RouteRequest) => ({
      ...toSpaceParameters(request),
      sent: readParameters(request),
    }),
    async answer({ principal, space, sent }) {
      await readVisibleSpace(catalog, principal, space);
      const { length } = readItems(sent.invalidations);
      if (length === 0) throw new FieldError([{ field: "invalidations", text: "can't be blank" }]);
      if (length > PATHS_MAX) {
        throw new FieldError([{ field: "invalidations", text: `is too long (maximum is ${PATHS_MAX})` }]);
      }
      return { status: 200, body: { message: "Invalidation started" } };
    },
  };
}
