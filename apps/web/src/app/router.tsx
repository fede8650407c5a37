import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router';
import { scopeKeys } from '../platform/scope.ts';
import { PageFailed, PageNotFound } from './failures.tsx';
import { Shell } from './shell.tsx';

/** Search of a list: strings only; what a page does not know it ignores. */
function listSearch(search: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(search).flatMap(([key, value]) =>
      value === undefined || value === '' ? [] : [[key, String(value)]],
    ),
  );
}

const root = createRootRoute({
  component: Shell,
  validateSearch: listSearch,
  // The scope goes along wherever one goes.
  search: { middlewares: [retainSearchParams([...scopeKeys])] },
});

const route = <P extends string>(path: P, component: () => Promise<Record<string, unknown>>, name: string) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(component as never, name as never) });

const access = createRoute({
  getParentRoute: () => root,
  path: '/access',
  component: lazyRouteComponent(() => import('./access-sections.tsx'), 'AccessSections'),
});
const accessRoute = <P extends string>(path: P, component: () => Promise<Record<string, unknown>>, name: string) =>
  createRoute({ getParentRoute: () => access, path, component: lazyRouteComponent(component as never, name as never) });
const accessRoutes = [
  createRoute({
    getParentRoute: () => access,
    path: '/',
    beforeLoad: () => {
      throw redirect({ to: '/access/projects', replace: true });
    },
  }),
  accessRoute('/projects', () => import('../features/access/projects-page.tsx'), 'ProjectsPage'),
  accessRoute('/projects/$project', () => import('../features/access/project-page.tsx'), 'ProjectPage'),
  accessRoute(
    '/projects/$project/delivery',
    () => import('../features/applications/delivery-page.tsx'),
    'DeliveryPage',
  ),
  accessRoute('/members', () => import('../features/access/members-page.tsx'), 'MembersPage'),
  accessRoute('/roles', () => import('../features/access/roles-page.tsx'), 'RolesPage'),
  accessRoute('/tokens', () => import('../features/identity/access-tokens-page.tsx'), 'AccessTokensPage'),
  accessRoute('/explain', () => import('../features/access/explain-page.tsx'), 'ExplainPage'),
];

const cluster = createRoute({
  getParentRoute: () => root,
  path: '/clusters/$cluster',
  component: lazyRouteComponent(() => import('../features/clusters/cluster-page.tsx'), 'ClusterPage'),
});
const clusterRoute = <P extends string>(path: P, component: () => Promise<Record<string, unknown>>, name: string) =>
  createRoute({
    getParentRoute: () => cluster,
    path,
    component: lazyRouteComponent(component as never, name as never),
  });
const clusterRoutes = [
  createRoute({
    getParentRoute: () => cluster,
    path: '/',
    // Parts were a parameter once: links that were kept still lead there.
    beforeLoad({ params, search }) {
      const part = (search as { tab?: string }).tab;
      if (part !== 'events' && part !== 'settings') return;
      throw redirect({ to: `/clusters/$cluster/${part}`, params, replace: true });
    },
    component: lazyRouteComponent(() => import('./cluster-overview.tsx'), 'ClusterOverview'),
  }),
  clusterRoute('/nodes', () => import('./pages-with-deeds.tsx'), 'ClusterNodesWithDeeds'),
  clusterRoute(
    '/namespaces',
    () => import('../features/inventory/cluster-namespaces-page.tsx'),
    'ClusterNamespacesPage',
  ),
  clusterRoute('/events', () => import('../features/inventory/cluster-events-page.tsx'), 'ClusterEventsPage'),
  clusterRoute('/health', () => import('../features/clusters/cluster-health-page.tsx'), 'ClusterHealthPage'),
  clusterRoute('/settings', () => import('../features/clusters/cluster-settings-page.tsx'), 'ClusterSettingsPage'),
];

const routes = [
  route('/', () => import('./home-page.tsx'), 'HomePage'),
  route('/clusters', () => import('../features/clusters/clusters-page.tsx'), 'ClustersPage'),
  route('/clusters/register', () => import('../features/clusters/register-page.tsx'), 'RegisterPage'),
  cluster.addChildren(clusterRoutes),
  route('/inventory', () => import('../features/inventory/explorer-page.tsx'), 'ExplorerPage'),
  route('/inventory/$group/$plural', () => import('../features/inventory/explorer-page.tsx'), 'ExplorerPage'),
  route('/workloads', () => import('../features/inventory/explorer-page.tsx'), 'WorkloadsPage'),
  route('/workloads/$plural/$ns/$name', () => import('./pages-with-drift.tsx'), 'WorkloadWithDrift'),
  route('/objects/$cluster/$group/$plural/$ns/$name', () => import('./pages-with-drift.tsx'), 'ObjectWithDrift'),
  route('/nodes', () => import('./pages-with-deeds.tsx'), 'NodesWithDeeds'),
  route('/applications', () => import('../features/applications/applications-page.tsx'), 'ApplicationsPage'),
  route('/applications/new', () => import('../features/applications/new-application-page.tsx'), 'NewApplicationPage'),
  route('/applications/$project/$app', () => import('./application-with-ci-page.tsx'), 'ApplicationWithCiPage'),
  route(
    '/applications/$project/$app/config',
    () => import('../features/templates/parameters-page.tsx'),
    'ParametersPage',
  ),
  route('/applications/$project/$app/deploy', () => import('../features/releases/deploy-page.tsx'), 'DeployPage'),
  route('/applications/$project/$app/compare', () => import('../features/releases/compare-page.tsx'), 'ComparePage'),
  route('/applications/$project/$app/drift', () => import('../features/releases/drift-page.tsx'), 'DriftPage'),
  route(
    '/applications/$project/$app/$env/releases/$number',
    () => import('../features/releases/release-page.tsx'),
    'ReleasePage',
  ),
  route('/evacuations/$id', () => import('../features/releases/evacuation-page.tsx'), 'EvacuationPage'),
  route('/releases', () => import('../features/releases/releases-page.tsx'), 'ReleasesPage'),
  route('/pipelines', () => import('../features/pipelines/pipelines-page.tsx'), 'PipelinesPage'),
  route('/pipelines/$deliveryId', () => import('../features/pipelines/pipelines-page.tsx'), 'PipelinesPage'),
  route('/templates', () => import('../features/templates/templates-page.tsx'), 'TemplatesPage'),
  // No template has a name with an underscore.
  route('/templates/_import', () => import('../features/templates/import-chart-page.tsx'), 'ImportChartPage'),
  route('/templates/$name', () => import('../features/templates/template-page.tsx'), 'TemplatePage'),
  route('/templates/$name/upgrade', () => import('../features/releases/upgrade-page.tsx'), 'UpgradePage'),
  route('/templates/$name/edit', () => import('../features/templates/editor-page.tsx'), 'EditorPage'),
  route('/settings', () => import('../features/identity/settings-page.tsx'), 'SettingsPage'),
  route('/settings/$section', () => import('../features/identity/settings-page.tsx'), 'SettingsPage'),
  route('/profile', () => import('../features/identity/profile-page.tsx'), 'ProfilePage'),
  access.addChildren(accessRoutes),
  route('/audit', () => import('../features/audit/audit-page.tsx'), 'AuditPage'),
  route('/audit/$eventId', () => import('../features/audit/record-page.tsx'), 'RecordPage'),
  route('/welcome', () => import('./welcome-page.tsx'), 'WelcomePage'),
  route('/welcome/$track', () => import('./welcome-page.tsx'), 'WelcomePage'),
  route('/setup', () => import('./home-page.tsx'), 'HomePage'),
  route('/sign-in', () => import('./home-page.tsx'), 'HomePage'),
];

export function createPortalRouter(_queries: QueryClient) {
  return createRouter({
    routeTree: root.addChildren(routes),
    defaultPreload: 'intent',
    defaultPendingMs: 150,
    defaultErrorComponent: PageFailed,
    defaultNotFoundComponent: PageNotFound,
    // Plain names and values: links are read and written by people too.
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch(search) {
      const pairs = Object.entries(listSearch(search as Record<string, unknown>));
      return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
    },
  });
}
