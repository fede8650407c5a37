/** Words of what several features show. */
export const t = {
  audit: 'Audit',
  logsOf: (pod: string) => `Logs of ${pod}`,
  logsCut: 'The connection ended. Open the logs again to go on.',
  times: (count: number) => `${count} times`,
  prod: 'PROD',
  portalFailed: 'Something failed here',
  needs: (permission: string) => `Needs the permission ${permission}. Ask whoever grants access here.`,
  filterPermissions: 'Find a permission',
  chosen: (n: number) => `${n} ticked`,
} as const;
