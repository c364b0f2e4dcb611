/**
 * The routes of the management API: assets without their bytes, folders, tags, statistics, accounts.
 */
import type { Route } from "../../model/route.ts";
import { buildOrganizationRoutes } from "./account/organization-routes.ts";
import { buildSpaceRoutes } from "./account/space-routes.ts";
import { buildUsersMeRoute } from "./account/users-me.ts";
import { buildFolderRoutes } from "./asset-folders/folder-routes.ts";
import { buildBulkAssetRoutes } from "./assets/bulk-assets.ts";
import { buildInvalidateImagesRoute } from "./assets/invalidate-images.ts";
import { buildListAssetsRoute } from "./assets/list-assets.ts";
import { buildSingleAssetRoutes } from "./assets/single-asset.ts";
import { buildTrashRoutes } from "./assets/trash.ts";
import { buildUpdateAssetRoutes } from "./assets/update-asset.ts";
import { buildEmptyRoutes } from "./empty-routes.ts";
import { buildTagRoutes } from "./internal-tags/tag-routes.ts";
import { buildOrganizationAllTrafficRoutes } from "./statistics/organization-all-traffic.ts";
import { buildOrganizationAssetsTrafficRoutes } from "./statistics/organization-assets-traffic.ts";
import { buildSpaceAllTrafficRoutes } from "./statistics/space-all-traffic.ts";
import { buildSpaceAssetsTrafficRoutes } from "./statistics/space-assets-traffic.ts";
import { buildSpaceByDateRoute } from "./statistics/space-by-date.ts";
import { buildSpaceStatisticsRoute } from "./statistics/space-statistics.ts";
import type { StoryblokDeps } from "./storyblok-deps.ts";
import { buildUnsupportedRoutes } from "./unsupported.ts";

/** All of them. Fixed segments win over parameters whatever the order is: `restore` is no asset's id. */
export function buildManagementRoutes(deps: StoryblokDeps): readonly Route[] {
  return [
    ...buildOrganizationAllTrafficRoutes(deps),
    ...buildOrganizationAssetsTrafficRoutes(deps),
    ...buildSpaceAllTrafficRoutes(deps),
    ...buildSpaceAssetsTrafficRoutes(deps),
    buildSpaceByDateRoute(deps),
    buildSpaceStatisticsRoute(deps),
    buildListAssetsRoute(deps),
    ...buildSingleAssetRoutes(deps),
    ...buildUpdateAssetRoutes(deps),
    ...buildBulkAssetRoutes(deps),
    ...buildTrashRoutes(deps),
    buildInvalidateImagesRoute(deps),
    ...buildFolderRoutes(deps),
    ...buildTagRoutes(deps),
    buildUsersMeRoute(deps),
    ...buildSpaceRoutes(deps),
    ...buildOrganizationRoutes(deps),
    ...buildEmptyRoutes(deps),
    ...buildUnsupportedRoutes(deps),
  ];
}
