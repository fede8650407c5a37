/** What it takes to start a release of a kind. */
export const startPermissions = {
  deploy: 'releases:create',
  rollback: 'releases:rollback',
  catch_up: 'releases:create',
  take_back: 'releases:create',
  evacuate: 'releases:evacuate',
  remove: 'applications:delete',
} as const;
