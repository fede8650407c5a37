/**
 * The hosts of a connection string. PostgreSQL's own tools take several, `postgresql://u:p@a:5432,b:5432/db`, and use
 * the one that accepts writes; so do we, which is how a promoted standby is found without a restart.
 */
export interface Hosts {
  /** Connection string of the host to try now. */
  current(): string;
  /** The current one failed or is a standby: the next is tried. Ignored when another caller has moved on already. */
  failed(url: string): void;
  readonly count: number;
}

/** Splits the hosts of a connection string; everything else is the same for each. */
export function parseHosts(url: string): Hosts {
  const [, head = '', names = '', rest = ''] = /^(postgres(?:ql)?:\/\/(?:[^@/]*@)?)([^/?]*)(.*)$/s.exec(url) ?? [];
  const tail = rest.replace(/([?&])target_session_attrs=[^&]*&?/, '$1').replace(/[?&]$/, '');
  const urls = head === '' ? [url] : names.split(',').map((name) => `${head}${name}${tail}`);
  let index = 0;
  return {
    current: () => urls[index] ?? url,
    failed(failedUrl) {
      if (failedUrl === urls[index]) index = (index + 1) % urls.length;
    },
    count: urls.length,
  };
}
