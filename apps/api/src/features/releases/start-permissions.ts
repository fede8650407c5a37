/** What it takes to start a release of a kind. */
export const startPermissions = {
  deploy: 'releases:create',
  rollback: 'releases:rollback',
  remove: 'applications:delete',
} as const;
