/** Words of the application pages. */
export const t = {
  failedWithoutReason: 'What was deployed does not run',
  applicationIn: (clusters: string) => `Application · ${clusters}`,
} as const;
