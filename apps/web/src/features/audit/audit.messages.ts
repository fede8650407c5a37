/** Words of the audit page. */
export const t = {
  audit: 'Audit',
  when: 'When',
  who: 'Who',
  what: 'What',
  where: 'Where',
  outcome: 'Outcome',
  reason: 'Reason',
  search: 'Search the audit',
  searchHint: 'Who, what, where',
  none: 'No record matches',
  clear: 'Clear search',
  records: 'Audit records',
  loadMore: 'Load more',
} as const;
